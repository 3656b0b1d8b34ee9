import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCredentials } from './clients.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from './keyward-process.ts'

/** Writes a seed file: a text as it is, anything else as JSON, which is YAML too. Returns its path. */
export function writeSeed(seed: unknown): string {
  const path = join(temporaryDirectory(), `${randomUUID()}.yaml`)
  writeFileSync(path, typeof seed === 'string' ? seed : JSON.stringify(seed, null, 2))
  return path
}

/** The credentials that a seed gives to whom it calls so. */
export function credentialsOf(name: string): TestCredentials {
  return {
    accessKeyId: `AKIA${name.toUpperCase().padEnd(16, '0')}`,
    secretAccessKey: `the secret of ${name}`,
  }
}

export function seedAccessKey(name: string): { id: string; secret: string } {
  const { accessKeyId, secretAccessKey } = credentialsOf(name)
  return { id: accessKeyId, secret: secretAccessKey }
}

/** A user with one access key and, given statements, one policy. */
export function seedUser(name: string, ...statements: readonly object[]): object {
  const document = { Version: '2012-10-17', Statement: statements }
  return {
    name,
    policies: statements.length === 0 ? [] : [{ name: 'access', document }],
    accessKeys: [seedAccessKey(name)],
  }
}

/** A statement of a user's policy, or with `principal` of a key's. */
export function allow(Action: string | string[], Resource = '*', AWS?: string | string[]): object {
  return { Effect: 'Allow', Action, Resource, ...(AWS === undefined ? {} : { Principal: { AWS } }) }
}

export function deny(Action: string | string[], Resource = '*', AWS?: string | string[]): object {
  return { ...allow(Action, Resource, AWS), Effect: 'Deny' }
}

/** A seed of one account with its users, each of `seedUser`, and keys. */
export function seedOf(accountId: string, users: readonly object[], keys: readonly object[]): object {
  return { accounts: [{ id: accountId, users, keys }] }
}

/** Runs a server with a seed for a while; `environment` has its other settings. */
export async function duringSeed<T>(
  seed: unknown,
  options: { dataDirectory?: string; environment?: Readonly<Record<string, string>> },
  use: (server: KeywardProcess) => Promise<T>,
): Promise<T> {
  const server = await startKeyward({ ...options, flags: ['--seed', writeSeed(seed)] })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}
