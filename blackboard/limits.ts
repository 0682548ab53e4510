/** A limit on every queue, buffer, file, retry and wait, each with its unit and its reason. */

export const limits = {
  /** Bytes of text that go into a prompt as they are; anything larger is an attachment. */
  bodyBytesMax: 64 * 1024,
  /** Bytes of a message's front matter: ours has a dozen short keys. */
  frontMatterBytesMax: 16 * 1024,
  /** Bytes of any small file of our own that is read whole (records, agent.md, config.yaml). */
  recordBytesMax: 4 * 1024 * 1024,
  /** Bytes of a dropped file's own name that are kept; a file system allows 255 with our prefix and suffixes. */
  dropNameBytesMax: 120,
  /** Milliseconds for which size and mtime of a plain drop must have rested before it is taken. */
  dropRestMs: 100,
  /** Milliseconds for which an empty drop must have rested: `touch` is often followed by a write. */
  emptyDropRestMs: 2_000,
  /** Plain drops that are looked at in one go, so that a burst does not starve the turns. */
  dropsPerLook: 512,
  /** Messages that may share one turn (same sender, same thread). */
  batchMessagesMax: 8,
  /** Bytes of bodies that may share one turn. */
  batchBytesMax: 64 * 1024,
  /** Waiting messages whose heads are read before a turn, most urgent first. */
  candidatesMax: 64,
  /** Messages that ride along with a turn without asking for one (answers, notes). */
  riderMessagesMax: 8,
  /** Interruptions (kill, crash, shutdown) of one message before it is buried. */
  interruptionsMax: 10,
  /** Hops that a chain of messages may take before `send` refuses. */
  hopsMax: 8,
  /** Milliseconds before a child that could not be started at all (no such cwd, no process slots) is tried again. */
  startRetryMs: 5_000,
  /** First and longest pause after a temporary failure of the API, milliseconds; doubles between. */
  backoffFirstMs: 1_000,
  backoffMaxMs: 5 * 60_000,
  /** Bytes of a turn's stream that are read to judge it. */
  streamBytesMax: 256 * 1024 * 1024,
  /** Characters of an answer that a carried note repeats. */
  carryCharsMax: 600,
  /** Characters of a hand-off note, and times it is asked for. */
  handoffCharsMax: 8_000,
  handoffAttemptsMax: 3,
  /** Carried notes kept at most; the oldest go first. */
  carryNotesMax: 5,
  /** Milliseconds between looks while a drop rests or a gate is about to open. */
  dropLookMs: 25,
  /** Milliseconds after which a file in tmp has been left by its producer. */
  unplacedRestMs: 10_000,
  /** First pause after a look that failed, milliseconds (doubles up to slowLookMs); failures in a row that end `--once`. */
  errorFirstMs: 50,
  onceErrorsMax: 5,
  /** Milliseconds between looks that no event asked for: watches fail silently. */
  slowLookMs: 30_000,
  /** Milliseconds between looks at an orphaned child or at a session that somebody else has open. */
  orphanLookMs: 250,
  ownerLookMs: 2_000,
  /** Milliseconds between looks at a running child's stream. */
  streamLookMs: 100,
  /** Milliseconds between looks at whether a running turn has lent its place. */
  slotLookMs: 250,
  /** A runner's lock: touched this often, and stale (to those who cannot see its owner) after that long, milliseconds. */
  lockUpdateMs: 60_000,
  lockStaleMs: 180_000,
  /** Milliseconds of SIGINT, then of SIGTERM, before SIGKILL. */
  stopGraceMs: [5_000, 3_000] as readonly [number, number],
  /** Milliseconds that running turns get when the runner is told to stop. */
  shutdownGraceMs: 30_000,
  /** Bytes of transcript.log before it is copied aside and truncated. */
  transcriptBytesMax: 10 * 1024 * 1024,
  /** Bytes of a running stream that are read at once, and characters of a line that is not yet whole. */
  streamChunkBytes: 1024 * 1024,
  streamLineCharsMax: 32 * 1024 * 1024,
  /** Characters of a message's body that transcript.log repeats. */
  transcriptBodyCharsMax: 600,
  /** Characters of one line of transcript.log that come from a tool's input. */
  transcriptToolCharsMax: 160,
  /** Characters of a peer's name: a label that fits a socket path and a terminal column. */
  peerNameCharsMax: 40,
  /** Files beside one message: their names stand in its front matter. */
  attachmentsMax: 32,
  /** Milliseconds between looks for a reply that no event asked for. */
  replyLookMs: 1_000,
  /** Milliseconds for which `cancel` looks whether the turn it stopped has been finished. */
  cancelWaitMs: 20_000,
  /** Characters of a message id from which on a beginning of it is accepted. */
  idPrefixCharsMin: 8,
  /** Characters of an idempotency key. */
  keyCharsMax: 64,
  /** Characters of a subject or a thread name. */
  subjectCharsMax: 200,
} as const;
