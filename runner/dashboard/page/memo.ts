/** A component that is drawn again only when one of its properties is another. */
import { Component, type ComponentChild, type FunctionComponent, h } from 'preact';

export function memo<Props extends object>(draw: FunctionComponent<Props>): FunctionComponent<Props> {
  class Kept extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]) as Set<keyof Props>;
      return [...names].some(name => !Object.is(this.props[name], next[name]));
    }
    override render(): ComponentChild {
      return h(draw as FunctionComponent<object>, this.props);
    }
  }
  return Kept as unknown as FunctionComponent<Props>;
}
