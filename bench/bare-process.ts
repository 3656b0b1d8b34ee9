import type { BareCallName, BareForm, BareResult } from './bare-calls.ts'
import { type Placement, startNode } from './machine.ts'

export interface BareRun {
  readonly call: BareCallName
  readonly form: BareForm
  readonly inFlight: number
  readonly seconds: number
}

/** Runs a bare call in a separate process. Throws if the process fails. */
export async function runBare(run: BareRun, placement: Placement): Promise<BareResult> {
  const args = [run.call, run.form, String(run.inFlight), String(run.seconds)]
  const child = startNode(['bench/bare-calls.ts', ...args], placement)
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise(done => child.once('close', done))
  if (code !== 0) throw new Error(`the bare ${run.call} ended with ${code}`)
  return JSON.parse(text) as BareResult
}
