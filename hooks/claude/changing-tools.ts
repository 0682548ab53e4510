/** The tools of claude (2.1.332, and MultiEdit of earlier ones) that change a file which their input names: a matcher of hooks. */
export const CHANGING_TOOLS = 'Edit|Write|MultiEdit|NotebookEdit';
