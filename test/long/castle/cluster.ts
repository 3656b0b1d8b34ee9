import assert from 'node:assert/strict'
import { join } from 'node:path'
import { TestCaller } from '../../fixtures/caller.ts'
import { ClusterWorld, keyIn } from '../../fixtures/hsm/cluster-world.ts'
import { type KeywardProcess, runKeyward } from '../../fixtures/keyward-process.ts'
import { advance } from '../../fixtures/time-travel.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'
import { readRows } from './database-look.ts'
import type { Operation, Round, Running } from './operation.ts'
import { RoundServers, unlessKilled } from './round-servers.ts'

const keysMade = 4
/** The time after which a key that was not stored goes from the tokens again, with a margin. */
const giveUpSeconds = 120

/** A custom key store is connected to two tokens of SoftHSM2, which get a new password, and keys are made in them and used. */
export class Cluster implements Operation {
  readonly name = 'cluster'
  readonly states = [
    'disconnected',
    'connecting',
    'the next password is stored',
    'connected',
    'a key is being made',
  ]

  async prepare(directory: string): Promise<Round> {
    const round = new ClusterRound(join(directory, 'data'))
    await round.start()
    return round
  }

  async end(): Promise<void> {}
}

class ClusterRound implements Round {
  readonly #world = new ClusterWorld(2)
  readonly #dataDirectory: string
  readonly #servers = new RoundServers()
  #server: KeywardProcess | undefined
  #storeId = ''
  #hasBegun = false
  /** The texts that were encrypted, by their ciphertexts. */
  readonly #sealed = new Map<string, string>()

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory
  }

  async start(): Promise<void> {
    const admin = await this.#open()
    const { CustomKeyStoreId } = await admin.answer('CreateCustomKeyStore', this.#world.newStore())
    this.#storeId = String(CustomKeyStoreId)
  }

  begin(): Running {
    const { processes } = this.#servers
    const admin = new TestCaller(this.#server ?? assert.fail('no server runs'))
    const ended = this.#work(admin).catch(error => unlessKilled(processes, error))
    this.#hasBegun = true
    return { processes: () => processes, ended }
  }

  hasBegun(): boolean {
    return this.#hasBegun
  }

  states(): readonly string[] {
    const [store] = readRows(
      this.#dataDirectory,
      'SELECT connection_state, wrapped_next_password FROM custom_key_stores',
    )
    const state = String(store?.['connection_state']).toLowerCase()
    const [task] = readRows(this.#dataDirectory, "SELECT 1 FROM token_key_tasks WHERE task = 'make'")
    return [
      state,
      ...((store?.['wrapped_next_password'] ?? null) === null ? [] : ['the next password is stored']),
      ...(task === undefined ? [] : ['a key is being made']),
    ]
  }

  async finish(): Promise<void> {
    const admin = await this.#open()
    await this.#work(admin)
    for (const [CiphertextBlob, text] of this.#sealed) {
      const { Plaintext } = await admin.answer('Decrypt', { CiphertextBlob })
      assert.equal(Plaintext, btoa(text))
    }
    const server = this.#server ?? assert.fail('no server runs')
    // No token keeps a key that no answer has named.
    await advance(server, giveUpSeconds)
    const args = ['hsm', 'audit', '--cluster', this.#world.clusterId, '--data-dir', this.#dataDirectory]
    const { code, stdout, stderr } = await runKeyward(args, { environment: this.#world.environment })
    assert.equal(code, 0, stdout + stderr)
    assert.equal(await server.stop(), 0)
    const verified = await runKeyward(['verify', '--data-dir', this.#dataDirectory])
    assert.equal(verified.code, 0, verified.stderr)
  }

  async end(): Promise<void> {
    this.#servers.end()
  }

  /** Connects the store if it is not, and makes keys that encrypt. */
  async #work(admin: TestCaller): Promise<void> {
    const CustomKeyStoreId = this.#storeId
    const { CustomKeyStores } = await admin.answer('DescribeCustomKeyStores', { CustomKeyStoreId })
    const [{ ConnectionState: state } = {}] = CustomKeyStores as readonly { ConnectionState?: string }[]
    if (state === 'DISCONNECTED') await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
    await storeBecomes(admin, CustomKeyStoreId, 'CONNECTED')
    for (let count = 0; count < keysMade; count++) {
      const text = `text ${this.#sealed.size}`
      this.#sealed.set(await admin.encrypt(await keyIn(admin, CustomKeyStoreId), text), text)
    }
  }

  async #open(): Promise<TestCaller> {
    const server = await this.#servers.start({
      dataDirectory: this.#dataDirectory,
      environment: this.#world.environment,
      flags: ['--test-clock', 'except-signatures'],
    })
    this.#server = server
    return new TestCaller(server)
  }
}
