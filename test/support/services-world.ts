import type { AttemptOptions } from './attempt.ts'
import { makeKey, TestCaller, type TestKey } from './caller.ts'
import { type KeywardProcess, startKeyward } from './keyward-process.ts'
import { allow, credentialsOf, seedAccessKey, seedUser, writeSeed } from './seed.ts'

// Services that hold access keys, in an account of their own, beside accounts whose keys they use.

export const [account, other, elsewhere] = ['111111111111', '222222222222', '999999999999']
export const userArn = (name: string, accountId = account) => `arn:aws:iam::${accountId}:user/${name}`

const seed = {
  accounts: [
    {
      id: account,
      root: { accessKeys: [seedAccessKey('root')] },
      users: [
        seedUser('alice', allow('kms:*')),
        seedUser('bob', allow('kms:GenerateDataKey')),
        seedUser('nobody'),
      ],
    },
    { id: other, users: [seedUser('carol', allow('kms:*'))] },
    // The services' own account.
    {
      id: elsewhere,
      users: [seedUser('operator', allow('kms:*'))],
      services: [
        { name: 's3.amazonaws.com', accessKeys: [seedAccessKey('s3')] },
        { name: 'ec2.amazonaws.com', accessKeys: [seedAccessKey('ec2')] },
        { name: 'rds.amazonaws.com', accessKeys: [seedAccessKey('rds')] },
      ],
    },
  ],
}

/** A server with these, and a key of alice's. */
export async function startServicesWorld(): Promise<{
  keyward: KeywardProcess
  alice: TestCaller
  key: TestKey
}> {
  const keyward = await startKeyward({
    flags: ['--seed', writeSeed(seed), '--test-clock', 'except-signatures'],
  })
  const alice = new TestCaller(keyward, { credentials: credentialsOf('alice') })
  return { keyward, alice, key: await makeKey(alice) }
}

/** A service calls for a principal. */
export function forwarded(
  service: string,
  onBehalfOf: string,
  more: Record<string, string> = {},
): AttemptOptions {
  return {
    credentials: credentialsOf(service),
    headers: { 'x-amz-keyward-on-behalf-of': onBehalfOf, ...more },
  }
}

/** A service calls as itself. */
export function itself(service: string, headers: Record<string, string> = {}): AttemptOptions {
  return { credentials: credentialsOf(service), headers }
}
