/** The directory that a command is called in. */

/** '' where it was removed meanwhile: absolute paths are found all the same. */
export function here(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}
