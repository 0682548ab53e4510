/** A path in what people are told to type: as it stands, or quoted where a shell would take it apart. */
export const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
