import { compare, type Strictness } from './compare.ts'
import type { Sent } from './messages.ts'
import { type Outcome, runAll, type Side } from './sides.ts'

/** Data that ours reads in a way that it must not, in its shortest form. */
export interface Fault {
  readonly name: string
  readonly what: string
  readonly sent: Sent
  readonly reference: Outcome
  readonly ours: Outcome
}

/** The sum of all comparisons. */
export interface Findings {
  compared: number
  /** Refused by one side or by both. */
  refused: number
  /** The requests that both sides took, with the same meaning. */
  agreed: number
  /** Where ours refuses more than the reference, by the reason. */
  readonly stricter: Map<string, number>
  /** Where the reference itself reads the same data in two ways, depending on how it is split. */
  splitDependent: number
  readonly faults: Fault[]
}

/** The two servers, and where ours may be stricter. */
export interface Differential {
  readonly reference: Side
  readonly ours: Side
  readonly allowed: readonly Strictness[]
}

/** Data with a name by which it is found again: its seed, or its file. */
export interface NamedSent {
  readonly name: string
  readonly sent: Sent
}

/** The faults after which a run ends: the next ones would have the same causes. */
const faultsMax = 5
const shrinkTriesMax = 800
const batchSize = 200

const noFindings = (): Findings => ({
  compared: 0,
  refused: 0,
  agreed: 0,
  stricter: new Map(),
  splitDependent: 0,
  faults: [],
})

/** Compares both servers on all data. Ends early when it has found several faults. */
export async function compareAll(
  differential: Differential,
  all: Iterable<NamedSent>,
  findings = noFindings(),
): Promise<Findings> {
  for (const batch of batches(all)) {
    const sents = batch.map(({ sent }) => sent)
    const references = await runAll(differential.reference, sents)
    const ours = await runAll(differential.ours, sents)
    for (const [index, { name, sent }] of batch.entries())
      await take(differential, findings, { name, sent }, references[index] as Outcome, ours[index] as Outcome)
    if (findings.faults.length >= faultsMax) break
  }
  return findings
}

async function take(
  differential: Differential,
  findings: Findings,
  { name, sent }: NamedSent,
  reference: Outcome,
  ours: Outcome,
): Promise<void> {
  const isRefusal = (status: number) => status >= 400
  findings.compared++
  if (reference.statuses.some(isRefusal) || ours.statuses.some(isRefusal)) findings.refused++
  findings.agreed += ours.understood.length
  const verdict = compare(sent, reference, ours, differential.allowed)
  if (verdict.kind === 'stricter')
    findings.stricter.set(verdict.reason, (findings.stricter.get(verdict.reason) ?? 0) + 1)
  if (verdict.kind !== 'fault') return
  if ((await faultOf(differential, sent)) === undefined) findings.splitDependent++
  else if (findings.faults.length < faultsMax)
    findings.faults.push(await shrink(differential, { name, sent }))
}

/**
 * Returns the fault of ours on some data. node:http drops the data after a request with an Upgrade header if both arrive as
 * one piece, so it gets such data in small pieces, too: a reading that agrees with one of its two is no fault.
 */
async function faultOf(
  { reference, ours, allowed }: Differential,
  sent: Sent,
): Promise<Omit<Fault, 'name'> | undefined> {
  const [asSplit] = (await runAll(reference, [sent])) as [Outcome]
  const [our] = (await runAll(ours, [sent])) as [Outcome]
  const verdict = compare(sent, asSplit, our, allowed)
  if (verdict.kind !== 'fault') return undefined
  const fault = { what: verdict.what, sent, reference: asSplit, ours: our }
  if (!/upgrade/i.test(sent.bytes.toString('latin1'))) return fault
  const [finely] = (await runAll(reference, [{ ...sent, cuts: fineCuts(sent.bytes) }])) as [Outcome]
  return compare(sent, finely, our, allowed).kind === 'fault' ? fault : undefined
}

const finelySplitMax = 10_000

/** Splits after each byte, or after each line where that would take too long. */
function fineCuts(bytes: Buffer): readonly number[] {
  const all = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, index) => index + 1)
  return bytes.length <= finelySplitMax ? all : all.filter(cut => bytes[cut - 1] === 0x0a)
}

/** Removes all that a fault does not need: bytes, then splits. */
async function shrink(differential: Differential, { name, sent }: NamedSent): Promise<Fault> {
  let fault = (await faultOf(differential, sent)) as Omit<Fault, 'name'>
  let triesLeft = shrinkTriesMax
  const attempt = async (candidate: Sent) => {
    triesLeft--
    const found = await faultOf(differential, candidate)
    if (found?.what === fault.what) fault = found
    return found?.what === fault.what
  }
  for (let size = sent.bytes.length >> 1; size > 0 && triesLeft > 0; size >>= 1) {
    for (let at = 0; at < fault.sent.bytes.length && triesLeft > 0; )
      if (!(await attempt(without(fault.sent, at, size)))) at += size
  }
  for (const cut of fault.sent.cuts)
    await attempt({ bytes: fault.sent.bytes, cuts: fault.sent.cuts.filter(other => other !== cut) })
  return { name, ...fault }
}

function without({ bytes, cuts }: Sent, at: number, size: number): Sent {
  const end = Math.min(at + size, bytes.length)
  const length = bytes.length - (end - at)
  const moved = cuts.map(cut => (cut <= at ? cut : Math.max(at, cut - (end - at))))
  return {
    bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]),
    cuts: [...new Set(moved)].filter(cut => cut > 0 && cut < length),
  }
}

function* batches(all: Iterable<NamedSent>): Generator<NamedSent[]> {
  let batch: NamedSent[] = []
  for (const item of all) {
    batch.push(item)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Says what was found, for people. */
export function describeFindings(findings: Findings): string {
  const { compared, refused, agreed, stricter, splitDependent, faults } = findings
  const percent = ((refused / Math.max(1, compared)) * 100).toFixed(1)
  return [
    `${compared} connections compared; ${refused} (${percent} %) refused by one side or both`,
    `${agreed} requests taken by both with the same meaning`,
    `${splitDependent} read by node:http in two ways, depending on the split`,
    ...Array.from(stricter, ([reason, count]) => `${count} refused by ours alone: ${reason}`),
    ...faults.map(describeFault),
  ].join('\n')
}

/** Says what differs, and on which data. */
export function describeFault({ name, what, sent, reference, ours }: Fault): string {
  const show = ({ understood, statuses, isEnded }: Outcome) =>
    `${JSON.stringify(understood).slice(0, 1500)}, statuses ${statuses}, ${isEnded ? 'ended' : 'open'}`
  return [
    `FAULT (${name}): ours ${what}`,
    `  sent:      ${JSON.stringify(sent.bytes.toString('latin1').slice(0, 2000))} split at ${sent.cuts.join()}`,
    `  node:http: ${show(reference)}`,
    `  ours:      ${show(ours)}`,
  ].join('\n')
}
