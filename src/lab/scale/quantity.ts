/**
 * A quantity that was measured on clusters of several sizes, taken apart: it is the sum of its components, and each
 * component is the product of its factors. Because of that its growth can be laid at the door of one of them.
 */

/** Such as the intervals in a message; a value of 0 makes the component 0. */
export interface Factor {
  readonly name: string
  readonly value: number
}

export interface Component {
  readonly name: string
  readonly factors: readonly Factor[]
}

export interface Sample {
  readonly nodes: number
  /** What the program did, to be compared with: of all nodes or of one, as the quantity is. */
  readonly work: number
  readonly components: readonly Component[]
}

export interface Quantity {
  readonly name: string
  /** By growing number of nodes. */
  readonly samples: readonly Sample[]
}

export const amountOf = ({ factors }: Component): number => factors.reduce((product, { value }) => product * value, 1)

export const totalOf = ({ components }: Sample): number => components.reduce((sum, one) => sum + amountOf(one), 0)
