import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { callSigned, signCall } from '../test/support/clients.ts'
import { drive, type LoadResult } from './load.ts'

// `npm run bench`: Keyward beside a bare node:http server in one run, under the same load from this process.
// Each server is pinned to one core (with its threads) and this process to another, where the system can pin.

const checkout = resolve(import.meta.dirname, '..')
const serverCore = '0'
const loadCore = '1'
const connectionCounts = [1, 32, 128]
const secondsPerRound = Number(process.env['BENCH_SECONDS'] ?? 4)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5)
const distinctRequests = 512
const canPin = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

interface Server {
  readonly process: ChildProcess
  readonly url: string
  readonly dataDirectory: string
}

interface Round extends LoadResult {
  readonly cpuMicrosPerRequest: number
}

async function startServer(args: readonly string[], dataDirectory = ''): Promise<Server> {
  const command = canPin ? ['taskset', '-c', serverCore, process.execPath] : [process.execPath]
  const [program = '', ...prefix] = command
  const child = spawn(program, [...prefix, ...args], { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  const url = await new Promise<string>((done, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const found = /is up at (\S+)/.exec(text)?.[1]
      if (found !== undefined) done(found)
    })
    child.once('exit', code => reject(new Error(`${args[0]} ended with ${code}`)))
  })
  return { process: child, url, dataDirectory }
}

async function stopServer({ process: child }: Server): Promise<void> {
  const exited = new Promise(done => child.once('exit', done))
  child.kill('SIGTERM')
  await exited
}

const startKeyward = (dataDirectory: string) =>
  // With the flag of `npm start`.
  startServer(
    ['--max-semi-space-size=32', 'bin/keyward.mjs', 'start', '--port', '0', '--data-dir', dataDirectory],
    dataDirectory,
  )

async function call(server: Server, operation: string, input: object): Promise<Record<string, unknown>> {
  const answer = await callSigned(server, operation, JSON.stringify(input))
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.text}`)
  return answer.json
}

/** Whole HTTP requests as the JavaScript SDK sends them, each signed and each with another encryption context. */
async function makeRequests(
  server: Server,
  operation: string,
  input: (index: number) => object,
): Promise<Buffer[]> {
  const requests: Buffer[] = []
  for (let index = 0; index < distinctRequests; index++) {
    const body = JSON.stringify(input(index))
    const headers = await signCall(server, operation, body, {
      headers: {
        'amz-sdk-invocation-id': crypto.randomUUID(),
        'amz-sdk-request': 'attempt=1; max=3',
        'x-amz-user-agent': 'aws-sdk-js/3.1164.0',
        'user-agent': 'aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#26.10.0 api/kms#3.1164.0 m/E,g',
        'content-length': String(Buffer.byteLength(body)),
      },
    })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    requests.push(Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`))
  }
  return requests
}

/** CPU time that a process has used, all its threads, in microseconds; NaN where the system does not say. */
function cpuMicros({ process: child }: Server): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const ticksPerSecond = 100
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond
  } catch {
    return Number.NaN
  }
}

function residentMebibytes({ process: child }: Server): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

async function measure(server: Server, requests: readonly Buffer[], connections: number): Promise<Round> {
  const before = cpuMicros(server)
  const result = await drive(server.url, requests, connections, secondsPerRound)
  return { ...result, cpuMicrosPerRequest: (cpuMicros(server) - before) / result.requests }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function row(name: string, connections: number, all: readonly Round[], ratio: string): string {
  const of = (pick: (round: Round) => number) => median(all.map(pick))
  const cells = [
    name,
    String(connections),
    of(round => round.requestsPerSecond).toFixed(0),
    of(round => round.p50Millis).toFixed(2),
    of(round => round.p99Millis).toFixed(2),
    of(round => round.cpuMicrosPerRequest).toFixed(1),
    ratio,
  ]
  return `| ${cells.join(' | ')} |`
}

async function compare(keyward: Server, requests: readonly Buffer[], bare: Server): Promise<void> {
  console.log(
    '| server | connections | requests/s | p50 ms | p99 ms | CPU µs/request | ratio of requests/s, of CPU |',
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const connections of connectionCounts) {
    await drive(keyward.url, requests, connections, 1)
    await drive(bare.url, requests, connections, 1)
    const ours: Round[] = []
    const theirs: Round[] = []
    // In turn, so that whatever else the machine does falls on both.
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure(keyward, requests, connections))
      theirs.push(await measure(bare, requests, connections))
    }
    const speed = median(
      ours.map((round, i) => round.requestsPerSecond / (theirs[i]?.requestsPerSecond ?? 1)),
    )
    const cpu = median(
      ours.map((round, i) => (theirs[i]?.cpuMicrosPerRequest ?? 1) / round.cpuMicrosPerRequest),
    )
    console.log(row('bare node:http', connections, theirs, ''))
    console.log(row('Keyward GenerateDataKey', connections, ours, `${speed.toFixed(2)}, ${cpu.toFixed(2)}`))
  }
}

/** From the start of the process to the answer of its first Encrypt, on a data directory in use before. */
async function measureFirstEncrypt(dataDirectory: string, keyId: string): Promise<number> {
  const start = performance.now()
  const keyward = await startKeyward(dataDirectory)
  await call(keyward, 'Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
  const elapsed = performance.now() - start
  await stopServer(keyward)
  return elapsed
}

async function main(): Promise<void> {
  if (canPin) spawnSync('taskset', ['-cp', loadCore, String(process.pid)])
  const dataDirectory = mkdtempSync(join(tmpdir(), 'keyward-bench-'))
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model}, Node ${process.versions.node}, ${canPin ? 'servers pinned to one core' : 'not pinned'}, ${rounds} rounds of ${secondsPerRound} s, medians\n`,
  )
  try {
    const keyward = await startKeyward(dataDirectory)
    await new Promise(done => setTimeout(done, 2000))
    const idle = residentMebibytes(keyward)
    const { KeyMetadata } = (await call(keyward, 'CreateKey', {})) as { KeyMetadata: { KeyId: string } }
    const input = (index: number) => ({
      KeyId: KeyMetadata.KeyId,
      KeySpec: 'AES_256',
      EncryptionContext: { tenant: String(index) },
    })
    const size = JSON.stringify(await call(keyward, 'GenerateDataKey', input(0))).length
    const requests = await makeRequests(keyward, 'GenerateDataKey', input)
    const bare = await startServer(['bench/bare-server.ts', String(size)])
    await compare(keyward, requests, bare)
    await stopServer(keyward)
    await stopServer(bare)
    const firsts: number[] = []
    for (let i = 0; i < rounds; i++) firsts.push(await measureFirstEncrypt(dataDirectory, KeyMetadata.KeyId))
    console.log(`\nFrom process start to the first Encrypt answered: ${median(firsts).toFixed(0)} ms`)
    console.log(`Memory when idle: ${idle.toFixed(0)} MiB`)
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

await main()
