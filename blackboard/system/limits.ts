/** A limit on every queue, buffer, file, retry and wait, each with its unit and its reason. */

export const limits = {
  /** Bytes of text that go into a prompt as they are; anything larger is an attachment. */
  bodyBytesMax: 64 * 1024,
  /** Bytes of a message's front matter: ours has a dozen short keys. */
  frontMatterBytesMax: 16 * 1024,
  /** Characters of a call's arguments that a card keeps; the turn's stream has all of them. */
  cardInputCharsMax: 256 * 1024,
  /** Characters of the texts that a person reads on a card: a reason, a question, an option. */
  cardTextCharsMax: 2_000,
  /** Cards of one call for one message. */
  cardTimesMax: 1_000,
  /** Characters of a permission rule that a person may allow for good, and of one name on a card. */
  cardRuleCharsMax: 500,
  /** Unread messages to the operator that a session's hook looks through for questions, and cards that it knows it told of. */
  cardsToldMax: 200,
  /** Questions, options and rules on one card. */
  cardListMax: 32,
  /** Things in one list of agent.md: globs, times, topics, rules. */
  agentListMax: 32,
  /** Milliseconds that a person has to answer. */
  approvalTimeoutMs: 10 * 60_000,
  /** MiB that claude processes which wait for a person may have together. */
  askingMiBMax: 2_048,
  /** Milliseconds between looks for an answer, where no watch tells of it. */
  cardLookMs: 1_000,
  /** Bytes of any small file of our own that is read whole (records, agent.md, config.yaml). */
  recordBytesMax: 4 * 1024 * 1024,
  /** Characters of the reason why a message is dead: what cannot be read may name all of it. */
  reasonCharsMax: 2_000,
  /** Bytes of an answer that its turn's record and its reply carry: as JSON it may take six times as much, and a record has 4 MiB. */
  answerBytesMax: 512 * 1024,
  /** Bytes of a turn's record that are read: those of earlier versions contain answers of any length. */
  endedBytesMax: 256 * 1024 * 1024,
  /** Denied tool calls, and the characters of each, that a turn's record keeps. */
  denialsKeptMax: 200,
  denialKeptCharsMax: 500,
  /** Bytes of a dropped file's own name that are kept; a file system allows 255 with our prefix and suffixes. */
  dropNameBytesMax: 120,
  /** Milliseconds for which size and mtime of a plain drop must be unchanged before it is taken. */
  dropRestMs: 100,
  /** The same for one that got its name after its last write: a program that renames a file into place has written all of it. */
  renamedRestMs: 20,
  /** Milliseconds for which an empty drop must be unchanged: `touch` is often followed by a write. */
  emptyDropRestMs: 2_000,
  /** Milliseconds for which nothing below a dropped directory must have changed before it is refused, and between walks through it. */
  treeRestMs: 2_000,
  treeLookMs: 500,
  /** Names below a dropped directory that are looked at for that. */
  treeEntriesMax: 4_096,
  /** Milliseconds after which a drop that could not be taken is tried again although nothing shows that it has changed. */
  leftRetryMs: 60_000,
  /** Plain drops that are looked at in one go, so that a burst does not starve the turns. */
  dropsPerLook: 512,
  /** Milliseconds that a turn may be given: setTimeout(3) of Node takes 2^31 - 1, and anything above as 1. */
  turnTimeoutMaxMs: 24 * 86_400_000,
  /** Messages that may share one turn (same sender, same thread). */
  batchMessagesMax: 8,
  /** Bytes of bodies that may share one turn. */
  batchBytesMax: 64 * 1024,
  /** Waiting messages whose heads are read before a turn, most urgent first. */
  candidatesMax: 64,
  /** One of so many turns takes the oldest message first, whatever its priority. */
  oldestFirstEvery: 5,
  /** Messages that ride along with a turn without asking for one (answers, notes). */
  riderMessagesMax: 8,
  /** Interruptions (kill, crash, shutdown) of one message before it is buried. */
  interruptionsMax: 10,
  /** Messages that may wait (for later included) before `send` refuses: each look lists them all. */
  queueDepthMax: 10_000,
  /** USD that all agents together may spend in a day, if config.yaml does not say: a night's mistake stays affordable. */
  fleetPerDayUsd: 20,
  /** Hops that a chain of messages may take before `send` refuses. */
  hopsMax: 8,
  /** Processes above a command that are looked at: deeper than shells and terminals nest. */
  lineageMax: 64,
  /** Milliseconds before a child that could not be started at all (no such cwd, no process slots) is tried again. */
  startRetryMs: 5_000,
  /**
   * Turns in a row in which claude ended by itself before it had asked the model, and in which something killed it there: then
   * its agent waits. First and longest wait, milliseconds; doubles between.
   */
  startsEndedMax: 2,
  startsKilledMax: 4,
  startHoldFirstMs: 60_000,
  startHoldMaxMs: 3_600_000,
  /** First and longest pause after a temporary failure of the API, milliseconds; doubles between. */
  backoffFirstMs: 1_000,
  backoffMaxMs: 5 * 60_000,
  /** Bytes of a turn's stream that are read to judge it. */
  streamBytesMax: 256 * 1024 * 1024,
  /** Bytes of a turn's stderr that are read. */
  stderrBytesMax: 64 * 1024,
  /** Milliseconds in which a resident claude must say that it has a line: it does so before it does anything. */
  residentSilenceMs: 5_000,
  /** The same of its first turn, which has a session to read first. Then its input ends: what reads to the end of it goes on. */
  residentFirstSilenceMs: 30_000,
  /** Milliseconds that a resident claude has to end by itself at the end of its input; then it is stopped. */
  residentEndMs: 5_000,
  /** Milliseconds after an interruption, before the resident claude is stopped. */
  residentInterruptMs: 3_000,
  /** Milliseconds in which claude begins the round that a background task's end asks for: measured at once (CLI 2.1.332). */
  residentRoundMs: 2_000,
  /** Milliseconds of silence after which a resident claude that has its answer, and runs nothing, is taken to hang. */
  residentStuckMs: 60_000,
  /** Milliseconds after a turn before its resident is asked how full its conversation is, and that it has to answer. */
  residentAskAfterMs: 1_000,
  residentAskMs: 5_000,
  /** Milliseconds between questions for the plan's windows, and for which one without an end is believed. */
  planAskMs: 5 * 60_000,
  planKeepMs: 3_600_000,
  /** Milliseconds in which the prompt of a resident's turn reaches the transcript: measured 50 to 120 (CLI 2.1.332). */
  residentFlushMs: 1_000,
  /** Milliseconds between looks at a file that is watched, too. */
  residentLookMs: 250,
  /** `resident: auto`: how long a process stays after its turn, and MiB that the machine must have free. */
  residentAutoMs: 90_000,
  residentAutoFreeMiB: 1_024,
  /** `resident: true`: the same, its turns, and MiB that it may have. */
  residentIdleMs: 5 * 60_000,
  residentTurnsMax: 200,
  residentRssMiB: 600,
  /** Residents of one runner. */
  residentsMax: 4,
  /** Milliseconds between looks for the `stop` of a turn whose process is not to be signalled. */
  stopLookMs: 100,
  /** Characters of an answer that a carried note repeats. */
  carryCharsMax: 600,
  /** Characters of a hand-off note, and times it is asked for. */
  handoffCharsMax: 8_000,
  handoffAttemptsMax: 3,
  /** Tokens of a request of claude's that holds no conversation: system prompt and tools of 2.1.332 are 49,000 characters, CLAUDE.md comes to it. */
  bareRequestTokens: 20_000,
  /** Tokens that a model's context holds where claude has not said it yet: the least of today's models. */
  contextWindowTokens: 200_000,
  /**
   * The part of that window which the bodies of one turn may fill: a line larger than the window ruins its session for good
   * (CLI 2.1.332), and at a quarter it is none even where every byte makes a token. Characters of a longer body that stay.
   */
  bodiesWindowPart: 1 / 4,
  bodyHeadCharsMax: 2_000,
  /** Bytes of a prompt that make a token, at the least; tokens that a model writes in a second, and in one answer, at the most. */
  tokenBytesMin: 3,
  outputTokensPerSecondMax: 250,
  outputTokensMax: 128_000,
  /** Milliseconds for which `list` shows a session that has ended. */
  endedSessionShownMs: 24 * 60 * 60_000,
  /** Characters of news from the board in a turn's prompt. */
  agentNewsCharsMax: 4_000,
  /** Carried notes kept at most; the oldest go first. */
  carryNotesMax: 5,
  /** Things in a root that are looked at together before it is worth remembering them; bytes of what is remembered. */
  rememberedMin: 64,
  rememberedBytesMax: 268_435_456,
  /** Milliseconds after a change before its time is certain to differ from that of the next one: file systems count up to two seconds. */
  settledMs: 5_000,
  /** What a runner looks at in its own thread before it lets others go on; bytes of a file that it reads there. */
  looksAtOnce: 200,
  /** Agents that are started, or looked at, beside each other: their fsyncs share the disk's. */
  agentsAtOnce: 16,
  readAtOnceBytes: 262_144,
  /** Milliseconds between looks while a drop rests or a gate is about to open: a renamed drop is stable at the second. */
  dropLookMs: 21,
  /** Milliseconds after which a file in tmp has been left by its producer. */
  unplacedRestMs: 10_000,
  /** First and longest pause after a look that failed, milliseconds; failures in a row that end `--once`. */
  errorFirstMs: 50,
  errorMaxMs: 1_000,
  onceErrorsMax: 5,
  /** Times that a runner tries to write down what ails it, a second apart. */
  faultNotesMax: 5,
  /** Milliseconds between writes of clock.json: what a restart of the runner may forget of the clock. */
  clockSaveMs: 10 * 60_000,
  /**
   * A time stamp younger than this when it is read proves nothing, milliseconds: a second change in the same tick would
   * leave it as it is (as with racy entries in git's index).
   */
  racyMs: 2_000,
  /**
   * Milliseconds for which an unusable agent.md must be unchanged before the operator is told, because an editor saves
   * more than once. Also the interval between looks while it stays broken.
   */
  brokenRestMs: 10_000,
  /** Milliseconds after which what waits for somebody is looked at again, and watches are tried: they fail silently. */
  slowLookMs: 60_000,
  /** Milliseconds between looks for what a turn needs and is away (its directory): a mount that comes back tells nobody. */
  missingLookMs: 1_000,
  /** Milliseconds between looks that nothing asked for, while watches work. */
  idleLookMs: 300_000,
  /** Milliseconds between looks at what changed where watches are known to fail, and between attempts to watch again. */
  watchPollMs: 1_000,
  watchRetryMs: 5_000,
  /** Milliseconds within which a trial change must be told. */
  watchTrialMs: 1_000,
  /** Events in one turn of the event loop after which every directory counts as changed: some may have been lost. */
  eventsAtOnce: 4_096,
  /** Directories, or processes, that are looked at in one go. */
  pollAtOnce: 64,
  /** Bytes that must be free before a turn is started, or a twentieth of the disk where that is less. */
  freeBytesMin: 16 * 1024 * 1024,
  /** Milliseconds between sweeps of what is older than its retention, and things that are removed in one go. */
  sweepEveryMs: 3_600_000,
  sweepAtOnce: 32,
  /** One in so many milliseconds of a busy agent goes into its sweep. */
  sweepPart: 10,
  /** Milliseconds for which every turn is kept, whatever it weighs: gates look an hour back, people a day. */
  turnKeepMs: 25 * 3_600_000,
  /** Milliseconds between looks at an orphaned child or at a session that somebody else has open. */
  orphanLookMs: 250,
  ownerLookMs: 2_000,
  /** Milliseconds between looks at a running child's stream. */
  streamLookMs: 100,
  /** Reads of a registry file of claude that is being written, and milliseconds between them. */
  registryReadsMax: 5,
  registryRereadMs: 20,
  /** A place that came within so many milliseconds was free at once. */
  slotAtOnceMs: 5,
  /** Milliseconds from the start of a turn to that of the launcher that waits for the next one: claude's own start goes first. */
  spareLauncherMs: 100,
  /** Milliseconds between looks at whether a running turn has lent its place. */
  slotLookMs: 250,
  /** A runner's lock: touched this often, and stale (to those who cannot see its owner) after that long, milliseconds. */
  lockUpdateMs: 600_000,
  lockStaleMs: 1_800_000,
  /** A process's mark: refreshed this often, and after that long its process is gone to those who cannot see it, milliseconds. */
  markRefreshMs: 10_000,
  markStaleMs: 60_000,
  /** Milliseconds between looks at a turn's child in another container: each starts a flock(1). */
  elsewhereLookMs: 2_000,
  /** A session of another container or host in which nothing has moved for so long is over, milliseconds. */
  sessionElsewhereMs: 24 * 3_600_000,
  /** Milliseconds that the owner of a new lock has to say who it is, and between looks at that. */
  lockWordsMs: 500,
  lockWordsLookMs: 20,
  /** Milliseconds of SIGINT, then of SIGTERM, before SIGKILL. */
  stopGraceMs: [5_000, 3_000] as readonly [number, number],
  /** Milliseconds that running turns get when the runner is told to stop. */
  shutdownGraceMs: 30_000,
  /** Bytes of one event's line: what every file system keeps whole in one write(2) in append mode, beside other writers. */
  eventBytesMax: 4 * 1024,
  /** Bytes of events.jsonl before it is renamed to events.jsonl.1; a turn of a hundred tools has 20 to 50 KiB. */
  eventsBytesMax: 4 * 1024 * 1024,
  /** Milliseconds between looks of `events --follow`: a stat for each peer. */
  eventsLookMs: 100,
  /** Milliseconds for which a link to the page counts, and a session that it opened. */
  pageLinkMs: 10 * 60_000,
  pageSessionMs: 30 * 86_400_000,
  /** Milliseconds in which the program that opens a browser says if it fails. */
  browserOpensMs: 3_000,
  /** Milliseconds that the clock may have been set back before a link or a session of the page no longer counts. */
  clockBackMs: 5 * 60_000,
  /** Bytes of a request of the page, its files included. */
  pageRequestBytesMax: 32 * 1024 * 1024,
  /** Messages, texts and events that the page gets of one peer at first. */
  pageMessagesMax: 200,
  pageTextsMax: 100,
  pageEventsMax: 2_000,
  /** Newest events among which a turn's last tool is looked for, and characters that a row shows of it. */
  pageDoingEventsMax: 8,
  pageDoingCharsMax: 160,
  /** Milliseconds in which hints are collected before the page is told: a turn's start is several changes. */
  pageGatherMs: 20,
  /** Milliseconds between looks at everything while a page is open: some states change with the time alone. */
  pageLookMs: 5_000,
  /** A look at everything rests for so many times as long as it took: a thousand agents cost as little as ten. */
  pageRestTimes: 200,
  /** Milliseconds between signs of life in a stream: proxies and phones end what is silent. */
  pageBeatMs: 15_000,
  /** Characters of a message in a row of the page. */
  pageGistChars: 160,
  /** Messages that are read before pages are answered again. */
  archiveAtOnce: 100,
  /** Characters of one text that can be found. */
  archiveTextCharsMax: 256 * 1024,
  /** Days whose costs are added up by work. */
  archiveCostDays: 14,
  /** Milliseconds between looks of the archive while a page is open and nothing hints. */
  archiveLookMs: 30_000,
  /** Messages of one piece of work that are looked at. */
  workMessagesMax: 500,
  /** Rows of work, and hits of a search, that the page gets at most. */
  workRowsMax: 200,
  searchHitsMax: 100,
  /** The newest events of each agent that a timeline looks at. */
  timelineEventsMax: 2_000,
  timelineHoursMax: 24 * 31,
  /** USD by which the page raises today's budget at once. */
  pageRaiseUsdMax: 1_000,
  /** Milliseconds that a session which the page opens has to stand. */
  pageSpawnMs: 60_000,
  /** Bytes of a log that are read at once for /metrics. */
  logTailBytes: 4 * 1024 * 1024,
  /** Milliseconds for which a word for /metrics counts. */
  metricsTokenMs: 366 * 86_400_000,
  /** Streams that are open at once, and events that wait for a reader who does not read. */
  pageStreamsMax: 64,
  pageUnreadMax: 1_000,
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
  /** Milliseconds for which a buried drop is told of: less than its note's id is kept, so that no later runner tells it again. */
  dropNoteMs: 20 * 3_600_000,
  /** Buried drops that are told one by one; more at once are one note. */
  dropNotesAtOnce: 4,
  /** Messages that were read before, shown by `inbox --all`. */
  doneShown: 20,
  /** Milliseconds between looks for a reply that no event asked for. */
  replyLookMs: 1_000,
  /** Milliseconds for which `cancel` looks whether the turn it stopped has been finished. */
  cancelWaitMs: 20_000,
  /** Characters of an id that are shown to people: 32 random bits. */
  idShownChars: 8,
  /** Characters from which on a beginning or an end of an id is accepted; fewer may be a name (`dead`, `cafe`). */
  idPartCharsMin: 6,
  /** Denied tool calls that a reply carries, and the characters of each: its front matter has 16 KiB for all of its keys. */
  denialsCarriedMax: 16,
  denialToolCharsMax: 80,
  denialInputCharsMax: 160,
  /** Characters of the one line that tells of denied tool calls. */
  deniedLineCharsMax: 400,
  /** Characters of what a peer says that it does, and milliseconds for which that is shown. */
  saysCharsMax: 120,
  saysKeepMs: 24 * 3_600_000,
  /** Bytes of a broadcast's text: it is written once for each peer. */
  broadcastBytesMax: 256 * 1024,
  /** Broadcasts of one sender in a minute: each may start a turn of every agent. */
  broadcastsPerMinute: 20,
  /** Peers of one group of config.yaml. */
  groupPeersMax: 64,
  /** Days back in which the costs of a chain of messages are summed. */
  traceDays: 7,
  /** Characters of an idempotency key. */
  keyCharsMax: 64,
  /** Characters of a message that news and `inbox` show: `read` shows the rest. */
  messageHeadCharsMax: 400,
  /** Characters of a subject or a thread name. */
  subjectCharsMax: 200,
  /** Bytes of one line of the board: far below what one write(2) in append mode keeps whole (measured up to 1 MiB). */
  entryBytesMax: 32 * 1024,
  /** Characters of a longer entry's text that stay in its line; the whole stands in a file beside it. */
  entryHeadCharsMax: 2_000,
  /** Bytes of a long entry's text. */
  entryTextBytesMax: 4 * 1024 * 1024,
  /** Bytes after which a segment of the board is sealed and the next one begins. */
  segmentBytesMax: 8 * 1024 * 1024,
  /** Times that a line is appended again because it was torn, or came behind a segment's seal. */
  appendTriesMax: 32,
  /** Hexadecimal digits of a reader's mark: 48 random bits; the shell reads them one by one. */
  markCharsMax: 12,
  /** An entry is written within this time, or its writer was stopped: as long, readers leave it for their next look. */
  writingYoungMs: 1000,
  /** A hook leaves it for that long: Linux writes back what is dirty within half a minute (vm.dirty_expire_centisecs). */
  writingYoungHookMs: 5 * 60_000,
  /** Bytes of the board that are read in one go. */
  boardChunkBytes: 1024 * 1024,
  /** Bytes of unread board that are read entry by entry for one turn; of what lies before, the lines are only counted. */
  newsBytesMax: 2 * 1024 * 1024,
  /** Characters of a topic, a key or a reference of an entry. */
  entryLabelCharsMax: 200,
  /** Claims that stand at once: each change writes all of them. */
  claimsMax: 1_000,
  /** Bytes of a file with that many claims. */
  claimsBytesMax: 16 * 1024 * 1024,
  /** Milliseconds for which a claim is made, unless its maker says otherwise, and the most. */
  claimDefaultMs: 30 * 60_000,
  claimMaxMs: 7 * 24 * 3_600_000,
  /** Files of claims that are kept behind the newest: a listing of so few is read from the kernel in one call, so it misses none. */
  claimStatesKept: 64,
  /** Times that a change of claims is made again because another one came first; each time somebody else was served. */
  claimTriesMax: 1_000,
  /** Characters of what is claimed. */
  claimCharsMax: 1_000,
  /** Globs that the braces of one may make. */
  claimAlternativesMax: 64,
  /** Milliseconds after which a file of claims that its writer has left unfinished is removed. */
  claimLeftMs: 3_600_000,
  /** Characters of news in one turn, and the most that one hook can hand to the model (claude 2.1.329: 10,000). */
  newsCharsDefault: 6_000,
  newsCharsMax: 9_500,
  /** Characters of what a session is told when it starts. */
  greetingCharsMax: 1_500,
  /** Unread messages of a session that are looked at for one turn, most urgent first. */
  newsMessagesMax: 64,
  /** Milliseconds within which the hooks of one event, started by several installs, all begin. */
  hookEventMs: 10_000,
  /** Milliseconds after which the mark of an event that was spoken to, and has been seen, is swept away. */
  shownKeepMs: 10 * 60_000,
  /** Characters and lines that claude shows as they are when they are pasted; more become a chip, which a model need not follow. */
  pasteCharsMax: 800,
  pasteLinesMax: 3,
  /** Bytes of a text that is sent through a pane: all of it is held in memory. */
  typedBytesMax: 4 * 1024 * 1024,
  /** Of the rows of a pane, the part that a text in its box may take: the whole of it must be seen before Enter. */
  paneTextRowsShare: 1 / 3,
  /** Milliseconds for a text to appear in the box, for the proof that it was sent, and between looks for either. */
  paneSeenMs: 3_000,
  paneProofMs: 5_000,
  paneLookMs: 15,
  /** After Enter the transcript tells sooner than the screen, and costs no call of tmux. */
  paneProofLookMs: 150,
  /** Milliseconds that a call waits for another one that writes to the same pane. */
  paneTurnMs: 15_000,
  /** Milliseconds between two Escapes: within 700 the second clears a draft, or opens Rewind (CLI 2.1.332). */
  paneEscapeMs: 1_000,
  /** Columns and rows of a pane that we make, until somebody attaches to it. */
  paneColumns: 160,
  paneRows: 48,
  /** Times that a tmux session is started: a server whose last one ends at that moment takes none. */
  tmuxStartsMax: 5,
  /** Milliseconds between looks of a command that waits for the end of a turn: changes of claude's files are noticed at once. */
  selfLookMs: 2_000,
  /** Milliseconds for a claude to end after SIGTERM: its hooks run, and its tools end. */
  claudeEndMs: 20_000,
  /** Rules about full conversations, and characters of a text that one sends: a line for the box of any pane. */
  contextRulesMax: 20,
  ruleTextCharsMax: 500,
  /** Milliseconds from a transcript's change to the look at it, and between looks at a pane where a rule waits for a draft to go. */
  contextLookMs: 1_000,
  contextAgainMs: 15_000,
  /** Milliseconds between looks of a handover; for its terminal to have a child; and for a turn that says nothing to be ended. */
  lendLookMs: 50,
  lendStartMs: 15_000,
  lendSealMs: 2_000,
  /** Milliseconds for a session that is opened or given back to be seen. */
  lendSeenMs: 15_000,
  /** Bytes of a transcript's end, or from where a signal began, that are searched for a prompt. */
  proofBytesMax: 16 * 1024 * 1024,
  /** Bytes of a transcript that are read at once for proof. */
  proofPieceBytes: 4 * 1024 * 1024,
  /** Bytes of a transcript's end in which the session's permission mode is looked for: every prompt tells it. */
  modeBytesMax: 1024 * 1024,
  /** Bytes of a hook's input: a prompt may be long. */
  hookInputBytesMax: 16 * 1024 * 1024,
  /** Milliseconds between tries of a hook whose pipe is not ready; claude's own time-out ends it. */
  hookPipeLookMs: 2,
  /** Bytes of the hooks' log before a new one is started; the previous one is kept. */
  hookLogBytesMax: 1024 * 1024,
  /**
   * Milliseconds of work that a hook does at one event (a person waits for it): nothing is begun after that; what each part may go
   * on until stands in news/agenda.ts. Each may in any case begin within so many: where the machine is loaded, those before it have
   * used its time up. And what has begun is broken off at the last one: far from where claude gives the hook up.
   */
  hookWorkMs: 1_000,
  hookPartMs: 100,
  hookEndMs: 3_000,
  /** How often a hook at a stop looks once more at a transcript that comes late, and the milliseconds between. */
  hookLateLooks: 15,
  hookLateLookMs: 20,
  /** Seconds that claude gives one of our hooks. */
  hookTimeoutSeconds: 10,
  /** The same for the hook that waits for a card: longer than the card, so that it ends by itself and says nothing. */
  cardHookSeconds: 660,
  /** How often that hook looks whether the person has answered in the session itself: no event says so. */
  cardHookLookMs: 250,
  /** Milliseconds in which a session that asks its person is seen to wait for them; else they have answered before anybody looked. */
  cardDialogMs: 10_000,
  /** Milliseconds between looks of `board --follow`. */
  boardLookMs: 250,
  /** Milliseconds between looks whether somebody still reads what a command that follows prints: nobody waits for its end. */
  readerLookMs: 500,
  /** Milliseconds that git gets to say which branch is checked out, once for each session. */
  gitMs: 3_000,
  /** Milliseconds that git gets for one step of making or removing a worktree: a large repository is checked out. */
  gitWorkMs: 600_000,
  /** Names that are tried for an agent's worktree (worker, worker.2, …): removed agents may have left theirs. */
  worktreeNamesTried: 100,
  /** Names that are tried for a session (app-main, app-main-2, …). */
  sessionNamesTried: 200,
  /** Bytes of a signal: a token, a type and a path fit many times over. */
  signalBytesMax: 4 * 1024,
  /**
   * Times that a settings file is changed again because another program wrote it meanwhile: more is a fight, not a
   * coincidence.
   */
  settingsTriesMax: 20,
  /** Characters of a signal's path. */
  signalPathCharsMax: 1024,
  /** Characters of it that a prompt and a transcript show: a name is a channel for words. */
  signalNameShownCharsMax: 256,
  /** Characters of all that a session's prompt is told of signals. */
  signalWordsCharsMax: 1_500,
  /** Characters of a file's path that a sentence of ours shows: PATH_MAX is 4096, and nobody reads that. */
  nameShownCharsMax: 1024,
  /** Connections to a wake socket at once: above it, the one that has taken longest is cut. */
  wakeConnectionsMax: 64,
  /** Connections that may come at once, in one turn of the event loop, before the slow ones among them are cut: listen(2)'s queue. */
  wakeBurstMax: 512,
  /** Milliseconds within which a client has said its line. */
  wakeLineMs: 1_000,
  /** Signals that are taken from one peer's socket in a minute and in an hour. */
  signalsPerMinute: 30,
  signalsPerHour: 200,
  /** Milliseconds within which identical signals are one. */
  signalSameMs: 10_000,
  /** Signals of different kinds that wait for one peer at once. */
  signalsPendingMax: 64,
  /** Times that a signal starts another turn because its turn was interrupted. */
  signalInterruptionsMax: 3,
  /** Turns that signals may start in one session in a day: no file tells reliably what they cost. */
  sessionSignalTurnsPerDay: 50,
  /** Milliseconds within which each way to wake a session shows that it worked, before the next one is tried: measured 0.2, 0.1, 0.8 and 0.2 s. */
  wakeProofMs: { mod: 2_000, socket: 2_000, file: 5_000, keys: 3_000 },
  /** Milliseconds after which a heartbeat of the plugin's mod is no proof any more: it writes one every 10 s. */
  modBeatStaleMs: 30_000,
  /** Milliseconds between looks of the mod's watcher: whether its claude lives, which session it has, what no event told. */
  modLookMs: 1_000,
  /** Milliseconds for which changes of an inbox and of cards are gathered before they are counted. */
  modCountMs: 250,
  /** Milliseconds for which the word of a pressed button counts. */
  pressMs: 60_000,
  /** Characters that are read of it: it has 64. */
  pressWordCharsMax: 1_000,
  /** Milliseconds between looks for that proof, and between looks whether a busy session has come to rest. */
  wakeProofLookMs: 25,
  sessionBusyLookMs: 250,
  /** Looks at a pane for what was typed into it, before it is given up. */
  wakeKeysLooks: 50,
  /** Milliseconds for which `send`, on a terminal, looks for the proof that it woke a session. */
  sendProofMs: 2_000,
  /** Milliseconds for one connection to a session's own inbox socket, and for which the last way to wake waits for a pane. */
  nudgeMs: 1_000,
  /** Milliseconds that one call of tmux gets, and characters of all screens that it may print: 40 KB each with colours. */
  tmuxMs: 5_000,
  tmuxOutputCharsMax: 32 * 1024 * 1024,
  /** Lines of a dialog that `status` shows: its end has the choices. */
  dialogLinesShown: 24,
  /** Panes whose screens one call of tmux prints: its arguments have room for more. */
  tmuxScreensAtOnce: 200,
  /** Bytes of a transcript's end that are read for its last turn first; a long tool result may lie behind it. */
  transcriptTailBytes: 32 * 1024,
  /** Milliseconds between looks whether a session has begun another transcript, and whether it has answered. */
  waitLookMs: 1_000,
  /** Milliseconds within which changes of a session's files are one, and its screen follows its registry. */
  waitSettleMs: 20,
  /** Between two looks, each one read of /proc, at whether the claude that is waited for lives. */
  waitPulseMs: 100,
  /** Milliseconds for which claude must have no session open in a pane before it counts as gone: it writes its registry again now and then. */
  waitGoneMs: 2_000,
  /** Bytes of signals.log before a new one is started, and how many previous ones are kept. */
  signalLogBytesMax: 1024 * 1024,
  signalLogsKept: 2,
  /** Milliseconds that a client waits for the answer to its signal, and between looks for the turn it started. */
  signalAnswerMs: 5_000,
  signalProofLookMs: 25,
  /** Turns, the newest ones, in which a signal is looked for. */
  signalProofTurns: 16,
  /** Turns that are looked for one by one behind the newest that is known; more are listed. */
  turnsFollowedMax: 64,
  /** Turns from before a message in which `trace` still looks for it: the clock may have been set back. */
  turnsBeforeMessage: 100,
  /** Bytes of a socket's path, without its closing zero: sun_path of macOS, four less than that of Linux (unix(7)). */
  socketPathBytesMax: 103,
  /** Milliseconds for which a watched file must be unchanged before its change is a signal. */
  watchRestMs: 500,
  /** Milliseconds between looks at whether a watched directory is still the one that has its name. */
  watchBaseLookMs: 5_000,
  /** Characters of a pattern of `watch:`; no path that it could mean is longer by much, and a matcher is made from it. */
  globCharsMax: 1_024,
  /** Changed files that are named one by one; more at once are one signal for the directory. */
  watchPathsMax: 8,
  /** Milliseconds between looks whether a schedule is due: timers sleep with the machine. */
  scheduleLookMs: 15_000,
  /** Milliseconds at least between two looks at one agent's schedule: no answer of a calendar makes a busy loop. */
  scheduleStepMs: 100,
  /** Milliseconds that the program of onOperatorMessage gets for one message, and the last look when the runner ends. */
  notifierMs: 10_000,
  /** Arguments that onOperatorMessage may have, and characters of each. */
  notifierArgumentsMax: 64,
  notifierArgumentCharsMax: 4_000,
  /** Programs of onOperatorMessage that are started in a minute; what is unread waits for its turn. */
  notificationsPerMinute: 10,
  /** Characters of a message's body that the program of onOperatorMessage is told. */
  notificationCharsMax: 2_000,
  /** Bytes of logs/runner.log before it is copied aside and truncated. */
  runnerLogBytesMax: 10 * 1024 * 1024,
  /** Milliseconds within which a runner that was started in the background must watch. */
  detachReadyMs: 60_000,
  /** Milliseconds that a service manager gets for an answer, and systemd-notify for a message. */
  serviceCommandMs: 120_000,
  serviceNotifyMs: 10_000,
  /** Seconds of silence after which systemd takes a runner for hung. */
  serviceWatchdogSeconds: 60,
  /** Seconds beyond the grace of turns after which a service manager ends a runner that is to stop. */
  serviceStopSlackSeconds: 30,
  /** Characters of an outside program's output that are kept of each stream. */
  programOutputCharsMax: 64 * 1024,
  /** Milliseconds that claude gets to say what it makes of settings files: measured 0.8 to 1.4 s. */
  claudeProbeMs: 30_000,
  /** Milliseconds that claude gets for one step with a plugin: measured 0.3 to 0.6 s. */
  claudePluginMs: 60_000,
  /**
   * Characters of a tool's answer by MCP: claude (2.1.332) shows 50,000 whole, and no more than 25,000 tokens, of which some
   * scripts need more than one for a character.
   */
  mcpAnswerChars: 15_000,
  /** Of that, of one entry of the board. */
  mcpEntryChars: 4_000,
  /** What no answer exceeds. */
  mcpAnswerCharsMax: 45_000,
  /** Of a name or a value that an error repeats. */
  mcpNameChars: 60,
  /** Of a number that a tool is given: an offset, a revision, seconds. */
  mcpCountMax: 1_000_000_000,
  /** Seconds that the tool `ask` waits for a reply, unless it is told, and at the most. */
  mcpAskSeconds: 300,
  mcpAskSecondsMax: 3_600,
  /** Milliseconds for which the pipes of a program that has ended are still listened to. */
  programPipesMs: 200,
} as const;
