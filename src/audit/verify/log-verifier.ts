import { parseJson, sha256, sha256Stream } from '../../std/index.ts'
import { type AuditHead, parseHead } from '../chain/audit-head.ts'
import { type BlockLine, emptyChain, parseBlock, type SealedChain } from '../chain/block-line.ts'
import { type Block, BlockPlaces, describeLine } from './block-places.ts'
import type { NumberedLine } from './numbered-lines.ts'
import { describeHead, type WitnessedHeads } from './witnessed-heads.ts'

/** A place where the log is not what was written; the message names it. */
export class LogFault extends Error {}

/** The settings of a `LogVerifier`. */
export interface LogVerifierOptions {
  /** Returns what is wrong with the signature of a head; undefined if nothing is. */
  readonly findSignatureFault: (head: AuditHead) => string | undefined
  readonly witnessed: WitnessedHeads
  /** The chain up to the files that the retention has deleted, by the record of it; undefined without one. */
  readonly deleted: SealedChain | undefined
}

/** A claim about the chain that is wrong. A claim about more blocks decides whether the blocks were changed, or the claim. */
interface Doubt {
  readonly sealed: number
  readonly content: string
  readonly claim: string
}

/** Checks the lines of a log, from the first to the last. Throws LogFault at the first bad place. */
export class LogVerifier {
  readonly #options: LogVerifierOptions
  readonly #places = new BlockPlaces()
  #stream: string | undefined
  #chain = emptyChain
  #open: { readonly block: Block; readonly hash: ReturnType<typeof sha256Stream> } | undefined
  #records = 0
  #last: NumberedLine | undefined
  /** The last block up to which the lines of the log confirm its bytes. */
  #confirmed = 0
  #doubt: Doubt | undefined
  #state: Readonly<Record<string, number>> = {}
  /** The last head that was read; undefined before the first one. */
  head: AuditHead | undefined
  /** The number of the last head, whether or not the retention has left its line. */
  heads = 0
  /** Lines before the first block, which no chain covers. */
  unchained = 0
  isTorn = false

  constructor(options: LogVerifierOptions) {
    this.#options = options
  }

  /** The number of records in the log, without those that the retention has deleted. */
  get records(): number {
    return this.#records - (this.#options.deleted?.records ?? 0)
  }

  /** The number of records after the last block that a signed head covers. */
  get unsignedRecords(): number {
    return this.#records - (this.head?.records ?? this.#options.deleted?.records ?? 0)
  }

  /** The last block that is complete. */
  get sealed(): number {
    return this.#chain.sealed
  }

  /** Checks the next line. */
  take(line: NumberedLine): void {
    if (line.isTorn) {
      // A crash leaves half a line at the end, and the next start cuts it off.
      if (!line.isInLast) throw new LogFault(`${describeLine(line)}: the file ends within this line`)
      this.isTorn = true
      return
    }
    const text = line.bytes.toString('utf8', 0, line.bytes.length - 1)
    const value = this.#parse(line, text)
    if ('auditBlock' in value) this.#beginBlock(line, text)
    if (this.#open !== undefined) this.#open.hash.update(line.bytes)
    else this.unchained++
    if ('auditHead' in value) this.#takeHead(line, text)
    else if ('databaseState' in value) this.#takeState(line, value['databaseState'])
    else if (this.#open !== undefined && text.startsWith('{"ev')) this.#records++
    this.#last = line
  }

  /** Checks what only the end of the log shows. */
  end(): void {
    if (this.#doubt !== undefined) throw new LogFault(this.#doubt.content)
    const { witnessed } = this.#options
    const other = witnessed.ofOther(this.#stream ?? '')
    if (other !== undefined)
      throw new LogFault(
        `A witness has ${describeHead(other)} of the log ${other.stream}, and this is ${this.#stream ?? 'a log without a chain'}: it was replaced`,
      )
    const missing = witnessed.after(this.#chain.sealed)
    if (missing !== undefined)
      throw new LogFault(
        `${this.#last === undefined ? 'The log' : describeLine(this.#last)}, the end: a witness has ${describeHead(missing)}, and the log ends with block ${this.#chain.sealed}: its newest part is missing`,
      )
  }

  #parse(line: NumberedLine, text: string): Record<string, unknown> {
    try {
      const value: unknown = parseJson(text)
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
    } catch {
      // The message below says it.
    }
    const block = this.#open === undefined ? '' : `, ${this.#places.describeOpen(this.#open.block)}`
    throw new LogFault(`${describeLine(line)}${block}: the line is not JSON`)
  }

  #beginBlock(line: NumberedLine, text: string): void {
    const begun = parseBlock(text)
    if (begun === undefined) throw new LogFault(`${describeLine(line)}: the line of a block is not whole`)
    if (this.#open === undefined) this.#beginFirst(line, begun)
    else this.#seal(this.#open)
    const expected = this.#chain.sealed + 1
    if (begun.stream !== this.#stream)
      throw new LogFault(`${describeLine(line)}: a different log begins here, ${begun.stream}`)
    if (begun.block !== expected) throw new LogFault(this.#describeGap(line, begun.block, expected))
    this.#open = {
      block: { number: begun.block, file: line.file, line: line.line, time: begun.time },
      hash: sha256Stream(),
    }
    this.#places.begin(this.#open.block)
    this.#confirm(begun.sealed, begun.chain, begun.records, `${describeLine(line)}, block ${begun.block}`)
    if (begun.head !== this.heads && this.#doubt === undefined)
      throw new LogFault(`${describeLine(line)}: head ${begun.head} is missing before this line`)
  }

  /** The first block of the log, or the first that the retention has left. */
  #beginFirst(line: NumberedLine, { stream, block, head }: BlockLine): void {
    this.#stream = stream
    const { deleted } = this.#options
    if (block > 1 && deleted?.sealed !== block - 1)
      throw new LogFault(`${describeLine(line)}: the files with the blocks 1 to ${block - 1} are missing`)
    if (block > 1 && deleted !== undefined) this.#chain = deleted
    this.#places.restart(this.#chain)
    this.#confirmed = this.#chain.sealed
    this.#records = this.#chain.records
    this.heads = block > 1 ? head : 0
  }

  #seal({ block, hash }: { readonly block: Block; readonly hash: ReturnType<typeof sha256Stream> }): void {
    const bytes = Buffer.concat([Buffer.from(this.#chain.chain, 'hex'), hash.digest()])
    this.#chain = { sealed: block.number, chain: sha256(bytes).toString('hex'), records: this.#records }
    this.#places.end(this.#chain, this.#last)
    const { witnessed } = this.#options
    const from = witnessed.confirmed
    const wrong = witnessed.contradicting(this.#stream ?? '', block.number, this.#chain.chain)
    if (wrong !== undefined && this.#doubt === undefined)
      throw new LogFault(
        `${this.#places.describe(from + 1, block.number)}: the history is not the one that a witness has (${describeHead(wrong)}): it was rewritten`,
      )
  }

  /** Compares what a line says of the chain with the bytes. */
  #confirm(sealed: number, chain: string, records: number, place: string): void {
    // The retention has deleted the blocks that the first lines speak of.
    if (sealed < this.#places.start.sealed) return
    const known = this.#places.chainOf(sealed)
    const isRight = known?.chain === chain && known.records === records
    if (isRight) this.#confirmed = Math.max(this.#confirmed, sealed)
    const content = () => `${this.#places.describe(this.#confirmed + 1, sealed)}: the content differs`
    if (this.#doubt === undefined) {
      const claim = `${place}: the line was changed, and the blocks before it were not`
      if (!isRight) this.#doubt = { sealed, content: content(), claim }
    } else if (!isRight) {
      throw new LogFault(sealed < this.#doubt.sealed ? content() : this.#doubt.content)
    } else if (sealed >= this.#doubt.sealed) {
      throw new LogFault(this.#doubt.claim)
    }
  }

  #takeHead(line: NumberedLine, text: string): void {
    const head = parseHead(text)
    if (head === undefined) throw new LogFault(`${describeLine(line)}: the line of a head is not whole`)
    if (this.#open === undefined) throw new LogFault(`${describeLine(line)}: a head before the first block`)
    if (this.#doubt === undefined && head.head !== this.heads + 1)
      throw new LogFault(`${describeLine(line)}: head ${head.head} follows head ${this.heads}`)
    const fault = this.#options.findSignatureFault(head)
    if (fault !== undefined) throw new LogFault(`${describeLine(line)}, head ${head.head}: ${fault}`)
    this.#confirm(head.block, head.chain, head.records, `${describeLine(line)}, head ${head.head}`)
    this.heads = head.head
    this.head = head
  }

  #takeState(line: NumberedLine, value: unknown): void {
    if (typeof value !== 'object' || value === null)
      throw new LogFault(`${describeLine(line)}: the state of the database is not one`)
    const state = value as Readonly<Record<string, number>>
    const fallen = Object.keys(state).find(domain => (state[domain] ?? 0) < (this.#state[domain] ?? 0))
    if (fallen !== undefined && this.#doubt === undefined)
      throw new LogFault(
        `${describeLine(line)}: the database of ${fallen} goes back from change ${this.#state[fallen]} to ${state[fallen]}`,
      )
    this.#state = { ...this.#state, ...state }
  }

  #describeGap(line: NumberedLine, block: number, expected: number): string {
    const isFileStart = line.line === 1
    const missing = expected === block - 1 ? `block ${expected}` : `the blocks ${expected} to ${block - 1}`
    if (block < expected) return `${describeLine(line)}: block ${block} comes after block ${expected - 1}`
    const between = this.#last === undefined ? '' : ` between ${this.#last.file} and ${line.file}`
    return isFileStart
      ? `${describeLine(line)}: a file${between} is missing, with ${missing}`
      : `${describeLine(line)}: ${missing} ${expected === block - 1 ? 'is' : 'are'} missing before this line`
  }
}
