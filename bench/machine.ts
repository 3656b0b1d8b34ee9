import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The processes that are measured, and what the system says of them. */

const checkout = resolve(import.meta.dirname, '..')
const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0
const [measuredCore, loadCore] = ['0', '1']

export const secondsPerRound = Number(process.env['BENCH_SECONDS'] ?? 4)
export const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)

export interface Server {
  readonly process: ChildProcess
  readonly url: string
  readonly dataDirectory: string
}

/**
 * `oneCore`: pinned with all its threads to a core of its own, where the system can pin. `allCores`: not
 * pinned.
 */
export type Placement = 'oneCore' | 'allCores'

/** Keeps this process, which makes the load, off the core of what is measured. */
export function leaveMeasuredCore(): void {
  if (canPin) spawnSync('taskset', ['-cp', loadCore, String(process.pid)])
}

export function useAllCores(): void {
  if (canPin) spawnSync('taskset', ['-cp', allCores(), String(process.pid)])
}

export function startNode(args: readonly string[], placement: Placement): ChildProcess {
  const cores = placement === 'oneCore' ? measuredCore : allCores()
  const command = canPin ? ['taskset', '-c', cores, process.execPath] : [process.execPath]
  const [program = '', ...prefix] = command
  return spawn(program, [...prefix, ...args], { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] })
}

const allCores = () => `0-${cpus().length - 1}`

/** Starts a server that says `is up at URL`. */
export async function startServer(
  args: readonly string[],
  placement: Placement,
  dataDirectory = '',
): Promise<Server> {
  const child = startNode(args, placement)
  let text = ''
  const url = await new Promise<string>((done, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const found = /is up at (\S+)/.exec(text)?.[1]
      if (found !== undefined) done(found)
    })
    child.once('exit', code => reject(new Error(`${args[0]} ended with ${code}`)))
  })
  return { process: child, url, dataDirectory }
}

/** With the flag of `npm start`. */
export function startKeyward(dataDirectory: string, placement: Placement): Promise<Server> {
  const flags = ['--max-semi-space-size=32']
  const args = ['bin/keyward.mjs', 'start', '--port', '0', '--data-dir', dataDirectory]
  return startServer([...flags, ...args], placement, dataDirectory)
}

export async function stop({ process: child }: { process: ChildProcess }): Promise<void> {
  const exited = new Promise(done => child.once('exit', done))
  child.kill('SIGTERM')
  await exited
}

/** Runs with a data directory of its own, which is gone afterwards. */
export async function withDataDirectory(run: (dataDirectory: string) => Promise<void>): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keyward-bench-'))
  try {
    await run(dataDirectory)
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

const microsPerTick = 10_000

/** Numbers of /proc/PID/stat from its third field on. */
const statOf = (pid: number | string | undefined) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').map(Number) ?? []

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

/** CPU time that a process has used, all its threads, in microseconds; NaN where the system does not say. */
export function cpuMicros({ process: child }: Server): number {
  try {
    return sumOf(statOf(child.pid).slice(11, 13)) * microsPerTick
  } catch {
    return Number.NaN
  }
}

/**
 * Watches how much of the processors goes to processes that are none of ours; ends with their share, NaN
 * where the system does not say.
 */
export function watchOthers(server: Server): () => number {
  const read = () => {
    const all = /^cpu +(.*)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? []
    const total = sumOf(all.slice(0, 8))
    const idle = sumOf(all.slice(3, 5))
    // This process, its children that ended, and the server.
    const ours = sumOf(statOf('self').slice(11, 15)) + cpuMicros(server) / microsPerTick
    return { total, others: total - idle - ours }
  }
  try {
    const before = read()
    return () => {
      const after = read()
      return Math.max(0, after.others - before.others) / (after.total - before.total)
    }
  } catch {
    return () => Number.NaN
  }
}

export function residentMebibytes({ process: child }: Server): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

export function describeRun(): string {
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${cpus()[0]?.model?.trim()}, ${cpus().length} cores`,
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    canPin ? '' : 'not pinned',
    `${rounds} rounds of ${secondsPerRound} s, medians`,
  ]
  return parts.filter(part => part !== '').join(', ')
}
