import { otherWork } from '../../../std/index.ts'
import type { KeyLine, KeyPlace, KeyWalk } from '../../../store/index.ts'
import type { KeyTest, VisibleFacts } from './key-filters.ts'
import { type ListedKey, type Seeing, seeKey } from './listed-key.ts'

/**
 * The rows that a call looks at. A page is short if it finds too few keys among them, and the caller goes on. The number does not depend on
 * what the caller may not see, so that the length of a page reveals nothing.
 */
const examinedMax = 2000
/** The rows of one statement, and the keys that are read and decided before other work has its turn. */
const rowsPerStatement = 200
const keysPerSlice = 10

/** The keys that a list asks for. */
export interface Wanted {
  readonly walk: KeyWalk
  readonly limit: number
  readonly manager: 'CUSTOMER' | 'AWS'
  readonly test: KeyTest
  /** Whether a key that may not be described stands in the list: not in an order that its place would reveal. */
  readonly showsHidden: boolean
}

/** A page of the list. */
export interface KeyPage {
  readonly keys: readonly ListedKey[]
  readonly examined: number
  /** The keys that the caller may not describe, of those that were looked at. */
  readonly hidden: number
  readonly next: KeyPlace | undefined
}

/** Walks the keys until a page is full or enough rows were looked at. */
export async function walkKeys(wanted: Wanted, seeing: Seeing): Promise<KeyPage> {
  const keys: ListedKey[] = []
  let [examined, hidden, read] = [0, 0, 0]
  let after = wanted.walk.after
  for (;;) {
    const page = await seeing.store.keys.scan(seeing.scope, { ...wanted.walk, after }, rowsPerStatement)
    for (const [index, line] of page.lines.entries()) {
      if (!isCandidate(line, wanted)) continue
      if (read++ % keysPerSlice === keysPerSlice - 1) await otherWork()
      const listed = await seeKey(line.keyId, seeing)
      if (listed === undefined || !wanted.test(listed.facts)) continue
      if (!listed.mayDescribe) hidden++
      if (!listed.mayDescribe && !wanted.showsHidden) continue
      keys.push(listed)
      if (keys.length === wanted.limit) {
        const isLast = page.next === undefined && index === page.lines.length - 1
        return { keys, hidden, examined: examined + index + 1, next: isLast ? undefined : line.place }
      }
    }
    examined += page.examined
    after = page.next
    if (after === undefined || examined >= examinedMax) return { keys, hidden, examined, next: after }
    await otherWork()
  }
}

/** Whether the rows of a key say that it may be wanted. They can be old or forged, so the key itself decides afterwards. */
function isCandidate(line: KeyLine, { manager, test }: Wanted): boolean {
  return line.keyManager === manager && (test(factsOf(line)) || mayHaveOtherState(line))
}

/** Whether the key's state can be a different one than its row has: its store may be away, or its imported key material over. */
const mayHaveOtherState = ({ origin }: KeyLine) => origin !== 'AWS_KMS'

function factsOf(line: KeyLine): VisibleFacts {
  return { keyId: line.keyId, metadata: line, aliasNames: line.aliasNames, tags: line.tags }
}
