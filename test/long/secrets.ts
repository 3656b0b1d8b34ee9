import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { checkout } from '../fixtures/keyward-process.ts'
import { scanFolders, scanVariable, tracesVariable } from '../fixtures/scan/scan.ts'
import { accept, OtlpReceiver } from '../fixtures/traces/otlp-receiver.ts'
import { findPublic, ObservedValues } from './secrets/observed-values.ts'
import { type Finding, ValueSearch } from './secrets/value-search.ts'
import { makeWorkDirectory } from './work-directory.ts'

// Runs tests, keeps everything that their servers put out, and searches it for every sensitive value that went through.

const reportName = 'report'
const tracesName = 'traces'

/** A value in an output that must not have it. */
export interface Leak {
  /** The name of the file. */
  readonly output: string
  readonly finding: Finding
  /** The text before the value. */
  readonly before: string
}

export type OutputKind = 'records' | 'logs' | 'metrics' | 'traces'

/** The outcome of a scan. */
export interface Scan {
  readonly values: number
  /** The sizes of the outputs of each kind, in bytes. */
  readonly sizes: Readonly<Record<OutputKind, number>>
  readonly leaks: readonly Leak[]
}

/** `npm run long -- secrets [FILE...]`: the whole suite, or some test files. The directory stays after a leak. */
export async function runSecretScan(files: readonly string[]): Promise<void> {
  const directory = makeWorkDirectory('secrets')
  const isPassed = await runTests(directory.path, files)
  const { values, sizes, leaks } = scanOutputs(directory.path)
  console.log(`${values} sensitive values were searched in ${describeSizes(sizes)}.`)
  for (const { output, finding, before } of leaks)
    console.log(
      `${output}, byte ${finding.at}: ${finding.value.origin}, ${finding.form}, after ${JSON.stringify(before)}`,
    )
  if (leaks.length > 0) console.log('Outputs have sensitive values.')
  if (!isPassed) console.log('Tests have failed, so outputs may be missing: see outputs/report.')
  if (leaks.length > 0 || !isPassed) {
    console.log(`All is in ${directory.path}.`)
    process.exitCode = 1
    return
  }
  directory.remove()
  console.log('No output has a sensitive value.')
}

/** Runs tests and keeps what they leave in a directory. Returns whether they passed. */
export async function runTests(directory: string, files: readonly string[]): Promise<boolean> {
  for (const folder of Object.values(scanFolders)) mkdirSync(join(directory, folder))
  const output = (name: string) => createWriteStream(join(directory, scanFolders.outputs, name))
  const [report, traces] = [output(reportName), output(tracesName)]
  const receiver = await OtlpReceiver.open(response => {
    traces.write(`${JSON.stringify(receiver.requests.splice(0))}\n`)
    receiver.heads.length = 0
    accept(response, 0)
  })
  const [command, ...args] =
    files.length === 0 ? ['npm', 'run', '-s', 'test:only'] : [process.execPath, '--test', ...files]
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const child = spawn(command ?? '', args, {
    cwd: checkout,
    env: { ...environment, [scanVariable]: directory, [tracesVariable]: receiver.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.pipe(report, { end: false })
  const [code] = await once(child, 'close')
  receiver.close()
  await Promise.all([report, traces].map(stream => once(stream.end(), 'close')))
  return code === 0
}

/** Searches the outputs in a directory for all values that went through. */
export function scanOutputs(directory: string): Scan {
  const observed = ObservedValues.read(directory).values()
  const search = new ValueSearch(observed)
  const folder = join(directory, scanFolders.outputs)
  const publicParts = new Set<string>()
  const sizes = { records: 0, logs: 0, metrics: 0, traces: 0 }
  const leaksIn = (output: string): Leak[] => {
    const bytes = readOutput(join(folder, output))
    const findings = search.find(bytes, publicParts)
    return findings.map(finding => ({ output, finding, before: textBefore(bytes, finding.at) }))
  }
  const outputs = readdirSync(folder).sort()
  for (const output of outputs) sizes[kindOf(output)] += statSync(join(folder, output)).size
  for (let leaks = outputs.flatMap(leaksIn); ; ) {
    const shown = findPublic(directory, new Set(leaks.map(({ finding }) => finding.part)))
    if (shown.size === 0) return { values: observed.length, sizes, leaks }
    for (const part of shown) publicParts.add(part)
    // A part that is public may come before one that is not.
    leaks = [...new Set(leaks.map(({ output }) => output))].flatMap(leaksIn)
  }
}

function kindOf(output: string): OutputKind {
  if (output === tracesName) return 'traces'
  if (output.startsWith('metrics-')) return 'metrics'
  return output === reportName || /\.std(?:err|out)$/.test(output) ? 'logs' : 'records'
}

function describeSizes(sizes: Scan['sizes']): string {
  const parts = Object.entries(sizes).map(
    ([kind, bytes]) => `${(bytes / 1024 ** 2).toFixed(2)} MiB of ${kind}`,
  )
  return parts.join(', ')
}

const beforeBytes = 60

function textBefore(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', Math.max(0, at - beforeBytes), at)
}

function readOutput(path: string): Buffer {
  const bytes = readFileSync(path)
  if (basename(path) === reportName) return withoutTestNames(bytes)
  if (!path.endsWith('.gz')) return bytes
  try {
    return gunzipSync(bytes)
  } catch {
    // A test may have damaged it.
    return bytes
  }
}

/** The report has what servers in the processes of tests log. The names of tests may have words of their plaintexts. */
function withoutTestNames(report: Buffer): Buffer {
  const lines = report.toString('utf8').split('\n')
  return Buffer.from(lines.filter(line => !/^\s*[✔✖▶﹣ℹ]/u.test(line)).join('\n'))
}
