/** The colours of a diagram and the shapes of its marks: the same in the drawing and in its legend. */
import type { Purpose } from '../core/kinds.js'
import { PageState } from '../core/memory.js'
import type { MarkType } from './timeline.js'

export const stateColours: Readonly<Record<PageState, string>> = {
  [PageState.INVALID]: '#b9bec6',
  [PageState.FETCHING]: '#f2b134',
  [PageState.CLEAN]: '#7cc48d',
  [PageState.TWINNING]: '#f4a38f',
  [PageState.DIRTY]: '#d6453b',
  [PageState.NOTED]: '#9467bd',
  [PageState.CLOSING]: '#4d4d4d',
  [PageState.WATCHED]: '#4a8fd8',
  [PageState.SHARED]: '#b5d99c',
  [PageState.EXCLUSIVE]: '#a11d55',
}

export const purposeColours: Readonly<Record<Purpose, string>> = {
  locks: '#1b6ca8',
  conditions: '#147d7d',
  meetings: '#6a3d9a',
  allocation: '#8a6d1d',
  pages: '#b0460f',
  'plain messages': '#3a7d34',
  ends: '#777777',
}

export const markNames: Readonly<Record<MarkType, string>> = {
  fault: 'page fault',
  access: 'loads and stores',
  want: 'asks for a lock',
  acquire: 'acquire',
  release: 'release',
  arrive: 'barrier: arrives',
  depart: 'barrier: departs',
  other: 'other',
  end: 'ends',
}

const LOCK = purposeColours.locks
const MEET = purposeColours.meetings
const FAULT = '#d11149'

/** A shape of 10 by 10 around (0, 0). */
export const markShapes: Readonly<Record<MarkType, string>> = {
  fault: `<path d="M-4 -4L4 4M-4 4L4 -4" stroke="${FAULT}" stroke-width="2.5"/>`,
  access: '<circle r="2.6" fill="#333"/>',
  want: `<circle r="4" fill="white" stroke="${LOCK}" stroke-width="1.6"/>`,
  acquire: `<path d="M-5 4.5H5L0 -5z" fill="${LOCK}"/>`,
  release: `<path d="M-5 -4.5H5L0 5z" fill="white" stroke="${LOCK}" stroke-width="1.6"/>`,
  arrive: `<path d="M-8 2H8M-8 -2H8" stroke="white" stroke-width="1"/><path d="M-8 0H8" stroke="${MEET}" stroke-width="4"/>`,
  depart: `<rect x="-8" y="-2.5" width="16" height="5" fill="white" stroke="${MEET}" stroke-width="1.4"/>`,
  other: '<rect x="-3.2" y="-3.2" width="6.4" height="6.4" fill="white" stroke="#555" stroke-width="1.4"/>',
  end: '<path d="M-6 0H6" stroke="#333" stroke-width="2.5"/>',
}
