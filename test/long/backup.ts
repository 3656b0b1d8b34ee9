import assert from 'node:assert/strict'
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeAgeKeys, writeIdentity } from '../fixtures/castle/age.ts'
import { backUp, type Vault } from '../fixtures/castle/backups.ts'
import { startKeyward } from '../fixtures/keyward-process.ts'
import { fillWithKeys } from '../fixtures/worlds/many-keys.ts'
import { makeWorkDirectory } from './work-directory.ts'

// A backup of a server that runs takes at most twice as long as to copy its encrypted bytes durably. The command counts from the start
// of its process to its end.

const ratioMax = 2

/** The times of a round in milliseconds. */
interface Round {
  readonly backup: number
  readonly copy: number
}

/** `npm run long -- backup [KEYS]`. */
export async function runBackups([keys = '100000']: readonly string[]): Promise<void> {
  const { path, remove } = makeWorkDirectory('backup')
  try {
    const { sizeBytes, rounds } = await measureBackups(path, { keys: Number(keys), rounds: 5 })
    for (const { backup, copy } of rounds)
      console.log(`backup ${backup.toFixed(0)} ms, copy ${copy.toFixed(0)} ms: ${(backup / copy).toFixed(2)}`)
    const ratio = median(rounds.map(({ backup, copy }) => backup / copy))
    console.log(
      `${keys} keys, ${(sizeBytes / 2 ** 20).toFixed(1)} MiB; median ${ratio.toFixed(2)}, of ${ratioMax} at most`,
    )
    if (ratio > ratioMax) process.exitCode = 1
  } finally {
    remove()
  }
}

/** Fills a server with keys, and makes backups and copies of them in turn. */
export async function measureBackups(
  directory: string,
  { keys, rounds: count }: { readonly keys: number; readonly rounds: number },
): Promise<{ readonly sizeBytes: number; readonly rounds: readonly Round[] }> {
  const dataDirectory = join(directory, 'data')
  assert.equal(await (await startKeyward({ dataDirectory })).stop(), 0)
  await fillWithKeys({ dataDirectory }, keys)
  const vault = await makeVaultIn(directory)
  const server = await startKeyward({ dataDirectory })
  try {
    const rounds: Round[] = []
    let sizeBytes = 0
    for (let round = 0; round < count; round++) {
      const began = performance.now()
      const { code, stderr, path } = await backUp(vault, dataDirectory, `${round}.age`)
      const backup = performance.now() - began
      assert.equal(code, 0, stderr)
      sizeBytes = statSync(path).size
      rounds.push({ backup, copy: timeCopy(path, `${path}.copy`) })
    }
    return { sizeBytes, rounds }
  } finally {
    await server.stop()
  }
}

async function makeVaultIn(directory: string): Promise<Vault> {
  const own = join(directory, 'backups')
  mkdirSync(own)
  const keys = await makeAgeKeys()
  return { directory: own, keys, identityPath: writeIdentity(own, keys) }
}

function timeCopy(from: string, to: string): number {
  const began = performance.now()
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  fsyncSync(file)
  closeSync(file)
  return performance.now() - began
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
