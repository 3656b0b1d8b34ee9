import { parseJson } from '../../std/index.ts'
import { type AuditHead, headMarker, parseHead } from '../chain/audit-head.ts'

/**
 * Reads the heads of a witness: lines as the log has them, or the objects in them alone. Returns undefined for other text.
 * Half a head is what a kill left in the middle of the write; the whole one follows it.
 */
export function parseWitnessedHeads(text: string): AuditHead[] | undefined {
  const heads: AuditHead[] = []
  for (const line of text.split('\n').filter(part => part.trim() !== '')) {
    const head = parseHead(line) ?? parseHead(`{"auditHead":${line}}`)
    if (head !== undefined) heads.push(head)
    else if (!isHalf(line)) return undefined
  }
  return heads
}

function isHalf(line: string): boolean {
  if (line.slice(0, headMarker.length) !== headMarker.slice(0, line.length)) return false
  try {
    parseJson(line)
    return false
  } catch {
    return true
  }
}

/** Compares heads that witnesses got with the chain of the log. */
export class WitnessedHeads {
  readonly #byBlock: Map<number, AuditHead[]>
  /** The last block up to which a witness confirms the log. */
  confirmed = 0

  constructor(heads: readonly AuditHead[]) {
    this.#byBlock = Map.groupBy(heads, head => head.block)
  }

  /** Returns the head that contradicts the chain up to a block. */
  contradicting(stream: string, block: number, chain: string): AuditHead | undefined {
    const heads = this.#byBlock.get(block) ?? []
    this.#byBlock.delete(block)
    const wrong = heads.find(head => head.stream !== stream || head.chain !== chain)
    if (wrong === undefined && heads.length > 0) this.confirmed = block
    return wrong
  }

  /** Returns the first head after a block, which the log does not have. */
  after(block: number): AuditHead | undefined {
    const missing = [...this.#byBlock.keys()].filter(key => key > block).sort((a, b) => a - b)
    return this.#byBlock.get(missing[0] ?? Number.NaN)?.[0]
  }

  /** Returns a head of a different log. */
  ofOther(stream: string): AuditHead | undefined {
    return [...this.#byBlock.values()].flat().find(head => head.stream !== stream)
  }
}

/** Describes a head in a message. */
export const describeHead = ({ head, block, time }: AuditHead) =>
  `head ${head} of block ${block} from ${time}`
