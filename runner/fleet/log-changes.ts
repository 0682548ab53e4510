/** Problems said once: again only when they change, and taken back with null. */
export type Complain = (about: string, problem: string | null) => void;

export function createComplaints(log: (line: string) => void): Complain {
  const said = new Map<string, string>();
  return (about, problem) => {
    if (problem === null) said.delete(about);
    else if (said.get(about) !== problem) {
      said.set(about, problem);
      log(`${about}: ${problem}`);
    }
  };
}
