/** A view that fails says so, and leaves the others alone. */
import { Component, type ComponentChildren } from 'preact';

interface Props {
  children: ComponentChildren;
}

export class Boundary extends Component<Props, { problem: string | null }> {
  override state = { problem: null as string | null };

  static override getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render({ children }: Props, { problem }: { problem: string | null }) {
    if (problem === null) return children;
    return (
      <p class="failed" role="alert">
        This view has failed: {problem}
        <span class="hint">That is a fault of the page. Everything else goes on; loading it again may help.</span>
      </p>
    );
  }
}
