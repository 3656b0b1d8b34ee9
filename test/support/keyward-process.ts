import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const checkout = resolve(import.meta.dirname, '../..')

/** A Keyward run as its users run it: a process of its own, on a free port and a data directory of its own. */
export interface KeywardProcess {
  readonly url: string
  readonly dataDirectory: string
  readonly process: ChildProcess
  /** All it has written to standard error so far. */
  stderr(): string
  /** Sends SIGTERM and waits; resolves with the exit code. */
  stop(): Promise<number | null>
  /** Sends SIGKILL and waits. */
  kill(): Promise<void>
}

export interface StartOptions {
  readonly dataDirectory?: string
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** The flags go after `start`. Rejects with what it wrote to standard error when it does not come up. */
export async function startKeyward(options: StartOptions = {}): Promise<KeywardProcess> {
  const dataDirectory = options.dataDirectory ?? temporaryDirectory()
  const child = spawnKeyward(
    ['start', '--data-dir', dataDirectory, '--port', '0', ...(options.flags ?? [])],
    options,
  )
  let stdout = ''
  let stderr = ''
  const { promise, resolve: up, reject } = Promise.withResolvers<string>()
  child.stdout?.on('data', (text: string) => {
    stdout += text
    const url = /is up at (\S+)/.exec(stdout)?.[1]
    if (url !== undefined) up(url)
  })
  child.stderr?.on('data', (text: string) => {
    stderr += text
  })
  const exited = new Promise<number | null>(done => child.once('close', done))
  void exited.then(code => reject(new Error(`keyward ended with ${code}: ${stderr}`)))
  const url = await promise
  return {
    url,
    dataDirectory,
    process: child,
    stderr: () => stderr,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Runs the command to its end. */
export async function runKeyward(
  args: readonly string[],
  options: StartOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawnKeyward(args, options)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>(done => child.once('close', done))
  return { code, stdout, stderr }
}

function spawnKeyward(args: readonly string[], { environment = {} }: StartOptions): ChildProcess {
  // The settings of whoever runs the tests are not the tests' business.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(KEYWARD_|AWS_|NODE_TEST)/.test(name))
  const child = spawn(process.execPath, [join(checkout, 'bin/keyward.mjs'), ...args], {
    cwd: checkout,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

const temporaryDirectories: string[] = []

/** A directory that is removed when the test process ends. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'keyward-test-'))
  temporaryDirectories.push(path)
  return path
}

process.on('exit', () => {
  for (const path of temporaryDirectories) rmSync(path, { recursive: true, force: true })
})

/** The records of a server's audit log, of all days, oldest first: a test may run over midnight, or set its clock there. */
export function readAuditRecords(dataDirectory: string): Record<string, unknown>[] {
  const directory = join(dataDirectory, 'audit')
  return readdirSync(directory)
    .filter(name => /^keyward-[-0-9]+\.jsonl$/.test(name))
    .sort()
    .flatMap(name => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}
