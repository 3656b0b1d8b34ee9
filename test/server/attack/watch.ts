import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttackName } from './attacks.ts'
import type { AttackCounts } from './crowd.ts'

const mebibyte = 1024

/** The resident memory of a process in MiB. */
export function residentMebibytes({ pid }: ChildProcess): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) / mebibyte
}

/** The number of files and sockets that a process has open. */
export function openFiles({ pid }: ChildProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Watches the memory of a process. The function that it returns ends that, and returns the largest value in MiB. */
export function watchMemory(child: ChildProcess): () => number {
  let peak = residentMebibytes(child)
  const look = () => {
    peak = Math.max(peak, residentMebibytes(child))
  }
  const timer = setInterval(look, 25)
  return () => {
    clearInterval(timer)
    look()
    return peak
  }
}

/** The report of an attacking process. */
export interface AttackReport extends AttackCounts {
  readonly cpuMicros: number
}

/** The size of an attack. */
export interface AttackSize {
  readonly url: string
  readonly seconds: number
  readonly connections: number
  readonly request?: Buffer
}

/** Attacks a server from a process of its own. */
export async function attack(
  name: AttackName,
  { url, seconds, connections, request = Buffer.alloc(0) }: AttackSize,
): Promise<AttackReport> {
  const script = join(import.meta.dirname, 'attacker.ts')
  const child = spawn(process.execPath, [script, name, url, String(seconds), String(connections)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  child.stdin.end(request)
  await new Promise(done => child.once('close', done))
  return JSON.parse(text) as AttackReport
}

/** Burns CPU time in processes of their own: `share` is the number of processors that it takes. */
export async function burn(share: number, seconds: number): Promise<void> {
  const script = join(import.meta.dirname, 'burner.ts')
  const parts = Array.from({ length: Math.ceil(share) }, (_, index) => Math.min(1, share - index))
  await Promise.all(
    parts.map(part => {
      const child = spawn(process.execPath, [script, String(part), String(seconds)], { stdio: 'inherit' })
      return new Promise(done => child.once('close', done))
    }),
  )
}
