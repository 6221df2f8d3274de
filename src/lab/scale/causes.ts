/**
 * Why a component grows, in words: what the protocol does there. Which component it is, and how much of the growth
 * it makes, has been measured (growth.ts); a component that is not here is told by its numbers alone.
 */
const causes: Readonly<Record<string, string>> = {
  'depart intervals': 'the manager of the barrier tells each node of the intervals of all the others',
  'depart notices': 'the manager of the barrier tells each node of the pages that all the others wrote',
  'depart times': 'a vector time has an entry for each node',
  'arrive times': 'a vector time has an entry for each node',
  'lockRequest times': 'a vector time has an entry for each node',
  'lockForward times': 'a vector time has an entry for each node',
  'lockGrant times': 'a vector time has an entry for each node',
  'lockGrant intervals': 'between two turns of a node all the others have theirs, and it hears of each',
  'lockGrant notices': 'between two turns of a node all the others have theirs, and it hears of each',
  'diffRequest names': 'a page lacks a diff of everybody who wrote it since this node last saw it; each is named',
  'diffReply names': 'a page lacks a diff of everybody who wrote it since this node last saw it; each is named',
  'diffReply diffs':
    'a page lacks a diff of everybody who wrote it since this node last saw it; all are sent, overwritten values too',
  'diffPush diffs': 'whoever asked for a page gets the next diff of each node that writes it',
  'vector times': 'each interval is kept until the next meeting, with a time that has an entry for each node',
  intervals: 'each interval is kept until the next meeting',
  notices: 'each interval is kept until the next meeting, with its notices',
  diffs: 'diffs are kept as long as somebody might still ask for them, which is until the end',
}

export const causeOf = (component: string): string | undefined => causes[component]
