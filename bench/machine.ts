import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// The processes that are measured, and the system's figures about them.

const checkout = resolve(import.meta.dirname, '..')
const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0
const [measuredCore, loadCore] = ['0', '1']

export const secondsPerRound = Number(process.env['BENCH_SECONDS'] ?? 4)
export const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)

/** A running server that is measured. */
export interface Server {
  readonly process: ChildProcess
  readonly url: string
  readonly dataDirectory: string
}

/** `oneCore`: pinned with all its threads to one separate core, if the system can pin. `allCores`: not pinned. */
export type Placement = 'oneCore' | 'allCores'

/** Keeps this process, which makes the load, off the core of the measured process. */
export function leaveMeasuredCore(): void {
  if (canPin) spawnSync('taskset', ['-cp', loadCore, String(process.pid)])
}

/** Pins all threads of a process that runs already to the measured core. */
export function pinToMeasuredCore(pid: number | undefined): void {
  if (canPin) spawnSync('taskset', ['-acp', measuredCore, String(pid)])
}

/** Allows this process to run on all cores again. */
export function useAllCores(): void {
  if (canPin) spawnSync('taskset', ['-cp', allCores(), String(process.pid)])
}

/** Starts Node with these arguments. */
export function startNode(args: readonly string[], placement: Placement): ChildProcess {
  const cores = placement === 'oneCore' ? measuredCore : allCores()
  const command = canPin ? ['taskset', '-c', cores, process.execPath] : [process.execPath]
  const [program = '', ...prefix] = command
  const child = spawn(program, [...prefix, ...args], { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] })
  // A benchmark that fails leaves no servers behind.
  const end = () => child.kill()
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

const allCores = () => `0-${cpus().length - 1}`

/** Starts a server that prints `is up at URL`. Rejects if it ends. */
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

/** The flags of Node in `npm start`. */
function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return /\bnode (.*) bin\/keyward\.mjs/.exec(scripts.start)?.[1]?.split(' ') ?? []
}

/** Starts Keyward as `npm start` does, with further settings. */
export function startKeyward(
  dataDirectory: string,
  placement: Placement,
  settings: readonly string[] = [],
): Promise<Server> {
  const flags = startFlags()
  const args = ['bin/keyward.mjs', 'start', '--port', '0', '--data-dir', dataDirectory, ...settings]
  return startServer([...flags, ...args], placement, dataDirectory)
}

/** Stops a server, and waits for its end. */
export async function stop({ process: child }: { process: ChildProcess }): Promise<void> {
  const exited = new Promise(done => child.once('exit', done))
  child.kill('SIGTERM')
  await exited
}

/** The place of the data directories. It should be on a disk: the audit log syncs, and a sync of memory costs nothing. */
const dataPlace = process.env['BENCH_DIRECTORY'] ?? tmpdir()

/** The names of some file systems by their numbers (statfs(2)). */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
  16914836: 'tmpfs, which is memory: set BENCH_DIRECTORY to a place on a disk',
}

function describeFileSystem(): string {
  const { type } = statfsSync(dataPlace)
  return `data on ${fileSystems[type] ?? `a file system of type 0x${type.toString(16)}`}`
}

/** Runs a function with a new data directory, which is deleted afterwards. */
export async function withDataDirectory(run: (dataDirectory: string) => Promise<void>): Promise<void> {
  const dataDirectory = mkdtempSync(join(dataPlace, 'keyward-bench-'))
  try {
    await run(dataDirectory)
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

const microsPerTick = 10_000

/** The numbers of /proc/PID/stat, from its third field on. */
const statOf = (pid: number | string | undefined) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').map(Number) ?? []

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

/** The CPU time of a process with all its threads, in microseconds; NaN if the system does not report it. */
export function cpuMicros({ process: child }: { process: { pid?: number | undefined } }): number {
  try {
    return sumOf(statOf(child.pid).slice(11, 13)) * microsPerTick
  } catch {
    return Number.NaN
  }
}

/**
 * Starts to watch the processes that are not part of the benchmark. Returns a function that stops, and returns their
 * share of the processors; NaN if the system does not report it.
 */
export function watchOthers(server: Server): () => number {
  const read = () => {
    const all = /^cpu +(.*)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? []
    const total = sumOf(all.slice(0, 8))
    const idle = sumOf(all.slice(3, 5))
    // Our share: this process, its ended children, and the server.
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

/** The resident memory of a server in MiB; NaN if the system does not report it. */
export function residentMebibytes({ process: child }: Server): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

/** One line about the date, the machine and the rounds of this run. */
export function describeRun(): string {
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${cpus()[0]?.model?.trim()}, ${cpus().length} cores`,
    `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    canPin ? '' : 'not pinned',
    describeFileSystem(),
    `medians of ${rounds} rounds`,
  ]
  return parts.filter(part => part !== '').join(', ')
}
