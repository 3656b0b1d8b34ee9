import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { policyOf, TestCaller } from '../../fixtures/caller.ts'
import { command, statusOf } from '../../fixtures/castle/operator-command.ts'
import { iamClient } from '../../fixtures/iam-caller.ts'
import { type KeywardProcess, readAuditRecords, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { callQuery } from '../../fixtures/query-call.ts'
import { allow } from '../../fixtures/seed.ts'
import { advance } from '../../fixtures/time-travel.ts'
import { administratorArn } from '../../fixtures/witness/work.ts'
import { endpointSettings, newEndpoint } from '../endpoint-work.ts'
import { readRows } from './database-look.ts'
import { KnownDirectory } from './known-directory.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers, unlessKilled } from './round-servers.ts'

/** More than a batch has. */
const aliases = 40
/** Calls from before the rotation have ended by then. */
const callSeconds = 61
/** Session tokens, which the domain key of `global` seals, have expired by then (STS GetSessionToken). */
const sessionSeconds = 129_600
/** How often the place of the re-wrapping is looked up. */
const pollMillis = 20
const flags = ['--test-clock', 'except-signatures']

/**
 * The tables at which a batch can end, in their order. A batch passes tables without rows: the one that begins at custom_key_stores
 * re-wraps private endpoints.
 */
const tables = [
  ...['accounts', 'aliases', 'grants', 'custom_key_stores', 'iam_groups', 'iam_roles', 'iam_policies'],
  ...['key_policy_principals', 'trust_policy_principals', 'iam_instance_profiles', 'iam_oidc_providers'],
  ...['account_aliases', 'access_keys', 'seed_entries', 'kms_keys', 'domain_states'],
]

/** The operation `keyward operator rotate-domain-keys`, up to the destruction of the last old domain key, under load. */
export class Rewrap implements Operation {
  readonly name = 'rewrap'
  readonly states: readonly string[] = [
    ...tables.map(table => `next is ${table}`),
    'amid aliases',
    'everything is re-wrapped',
    'checking',
    'the key of the Region is destroyed, and not erased',
    'the key of the Region is erased',
    'all old keys are destroyed, and not erased',
    'all old keys are erased',
  ]
  readonly #isPaced: boolean
  #base: Promise<KnownDirectory> | undefined

  /** `isPaced` leaves the rests between the batches, which take a few seconds; a test does without them. */
  constructor({ isPaced }: { isPaced: boolean }) {
    this.#isPaced = isPaced
  }

  async prepare(directory: string): Promise<Round> {
    this.#base ??= makeBase()
    const known = (await this.#base).copy(join(directory, 'data'))
    const round = new RewrapRound(known, this.#isPaced)
    await round.start()
    return round
  }

  async end(): Promise<void> {}
}

/** Makes a directory that has something of the kinds that need neither a trail nor a seed file. */
async function makeBase(): Promise<KnownDirectory> {
  const known = await KnownDirectory.make(join(temporaryDirectory(), 'data'))
  await known.serve({ environment: endpointSettings }, async server => {
    const { sdk } = new TestCaller(server)
    const { KeyMetadata } = await sdk.createKey({})
    const TargetKeyId = KeyMetadata?.KeyId
    for (let count = 0; count < aliases; count++)
      await sdk.createAlias({ AliasName: `alias/many-${count}`, TargetKeyId })
    const iam = iamClient(server)
    const policy = policyOf(allow('kms:ListKeys'))
    const trust = { Effect: 'Allow', Principal: { AWS: administratorArn }, Action: 'sts:AssumeRole' }
    await iam.createGroup({ GroupName: 'group' })
    await iam.createRole({ RoleName: 'role', AssumeRolePolicyDocument: policyOf(trust) })
    await iam.createPolicy({ PolicyName: 'policy', PolicyDocument: policy })
    await iam.createInstanceProfile({ InstanceProfileName: 'profile' })
    await iam.createOpenIDConnectProvider({
      ...{ Url: 'https://oidc.example.com/castle', ThumbprintList: ['b'.repeat(40)] },
    })
    await iam.createAccountAlias({ AccountAlias: 'castle' })
    const { status, text } = await callQuery(server, 'ec2', 'CreateVpcEndpoint', newEndpoint)
    assert.equal(status, 200, text)
  })
  return known
}

/** The place of a re-wrapping. */
interface Progress {
  readonly phase: string
  readonly table: string
  readonly after: string | null
}

class RewrapRound implements Round {
  readonly #known: KnownDirectory
  readonly #isPaced: boolean
  readonly #servers = new RoundServers()
  /** The records of the old domain keys, under the root key. */
  readonly #old: Buffer[] = []
  #server: KeywardProcess | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(known: KnownDirectory, isPaced: boolean) {
    this.#known = known
    this.#isPaced = isPaced
    this.#noteDomainKeys()
  }

  async start(): Promise<void> {
    this.#server = await this.#start()
  }

  begin(): Running {
    const server = this.#server ?? assert.fail('no server runs')
    this.#work = this.#known.acknowledged.workUntilGone(server)
    const { processes } = this.#servers
    const ended = this.#rotate(server).catch(error => unlessKilled(processes, error))
    return { processes: () => processes, ended }
  }

  /** The rotation is committed. */
  hasBegun(): boolean {
    return this.#progress() !== undefined
  }

  states(): readonly string[] {
    const [{ user_version: mark } = {}] = readRows(this.#known.path, 'PRAGMA user_version')
    const erased = mark === 0 ? 'erased' : 'destroyed, and not erased'
    const progress = this.#progress()
    if (progress === undefined) return [`all old keys are ${erased}`]
    const { phase, table, after } = progress
    if (phase === 'waiting') return [`the key of the Region is ${erased}`]
    if (phase === 'checking') return ['checking']
    if (table === '') return ['everything is re-wrapped']
    return [`next is ${table}`, ...(after === null ? [] : [`amid ${table}`])]
  }

  async finish(): Promise<void> {
    await this.#work
    this.#known.witnessHeads()
    const again = await this.#start()
    await this.#known.acknowledged.check(again)
    await finishRewrap(again)
    assert.equal(this.#progress(), undefined)
    const { domainKeys } = await statusOf(again)
    assert.deepEqual(
      domainKeys.map(({ domain, version, state }) => `${domain} ${version} ${state}`),
      ['global 2 current', 'us-east-1 2 current'],
    )
    await this.#known.acknowledged.work(again)
    await this.#known.acknowledged.check(again)
    assert.equal(await again.stop(), 0)
    assert.doesNotMatch(again.stderr(), /^{/m, 'the server has logged an error')
    await this.#known.checkWhole()
    const names = readAuditRecords(this.#known.path).map(({ eventName }) => String(eventName))
    assert.deepEqual(names.filter(name => /DomainKey/.test(name)).sort(), [
      'DestroyDomainKey',
      'DestroyDomainKey',
      'RotateDomainKeys',
    ])
    this.#checkErased()
  }

  async end(): Promise<void> {
    this.#servers.end()
  }

  async #rotate(server: KeywardProcess): Promise<void> {
    await command(server, 'rotate-domain-keys')
    while (this.#isPaced && server.process.signalCode === null && this.#progress()?.table !== '')
      await sleep(pollMillis)
    await finishRewrap(server)
  }

  #progress(): Progress | undefined {
    const sql = 'SELECT phase, table_name AS "table", after_key AS after FROM rewraps'
    const [row] = readRows(this.#known.path, sql)
    return row as Progress | undefined
  }

  #noteDomainKeys(): void {
    for (const { wrapped } of readRows(this.#known.path, 'SELECT wrapped FROM domain_keys'))
      this.#old.push(Buffer.from(wrapped as Uint8Array))
  }

  /** Asserts that no file of the database has a part of the record of an old domain key. */
  #checkErased(): void {
    const files = readdirSync(this.#known.path).filter(name => name.startsWith('keyward.db'))
    for (const file of files) {
      const bytes = readFileSync(join(this.#known.path, file))
      for (const old of this.#old)
        for (const part of [old.subarray(0, 16), old.subarray(-16)])
          assert.ok(!bytes.includes(part), `${file} has an old domain key`)
    }
  }

  #start(): Promise<KeywardProcess> {
    return this.#servers.start({ dataDirectory: this.#known.path, environment: endpointSettings, flags })
  }
}

/** Sets the clock forward, which also has the jobs done without their rests. */
async function finishRewrap(server: KeywardProcess): Promise<void> {
  for (const seconds of [1, callSeconds, sessionSeconds]) await advance(server, seconds)
}
