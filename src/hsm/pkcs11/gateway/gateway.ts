import type {
  TokenAbilities,
  TokenAddress,
  TokenCeremony,
  TokenCiphertext,
  TokenGateway,
  TokenKey,
  TokenKeyName,
  TransportKey,
} from '../../clusters/token-gateway.ts'
import type { Message } from '../frames.ts'
import { LibraryProcess, loadMillisMax } from '../library-host.ts'
import { TokenProblem } from '../problem.ts'
import type { TokenDescription } from '../slots.ts'
import { login, type PinSource } from '../token-library.ts'
import { FastChannels } from './fast-channels.ts'
import type { FastAnswer, FastRequest } from './fast-frames.ts'
import type { TokenRequestName } from './token-process.ts'

/** How many sessions of a token encrypt at a time. */
export const sessionsDefault = 4
/** The time for the generation of an RSA key. */
const pairMillisMax = 30_000
/** The most requests about objects that wait. */
const waitingMax = 1000

const program = new URL('./token-process.ts', import.meta.url)

/** Starts the process of a token. Rejects with TokenProblem, also when nobody needs it any more. */
async function startProcess(
  address: TokenAddress,
  furtherChannels: number,
  signal: AbortSignal | undefined,
): Promise<LibraryProcess> {
  const { path, environment, label } = address
  const opened = new LibraryProcess({ program, environment, furtherChannels })
  const stop = () => opened.kill()
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  try {
    const head = { request: 'load' satisfies TokenRequestName, library: path, token: label }
    await opened.request({ head, parts: [] }, loadMillisMax)
    return opened
  } catch (error) {
    opened.kill()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** A token in a process of its own. */
export class Gateway implements TokenGateway {
  readonly #process: LibraryProcess
  readonly #label: string
  readonly #sessions: number
  readonly #handles = new Map<string, bigint | Promise<bigint>>()
  #channels: FastChannels | undefined

  private constructor(opened: LibraryProcess, label: string, sessions: number) {
    this.#process = opened
    this.#label = label
    this.#sessions = sessions
    opened.whenEnded(problem => this.#channels?.end(problem))
  }

  static async open(address: TokenAddress, sessions: number, signal?: AbortSignal): Promise<Gateway> {
    return new Gateway(await startProcess(address, sessions, signal), address.label, sessions)
  }

  get isOpen(): boolean {
    return this.#process.isUsable
  }

  get processId(): number | undefined {
    return this.#process.id
  }

  async describe(): Promise<TokenDescription> {
    return (await this.#ask('describe')).head['token'] as TokenDescription
  }

  async login(source: PinSource): Promise<void> {
    await this.#noticing(login(this.#process, this.#label, source))
    if (this.#channels !== undefined) return
    const descriptors = Array.from({ length: this.#sessions }, (_, index) => 4 + index)
    const { head } = await this.#ask('startThreads', { descriptors })
    const sockets = Array.from({ length: Number(head['count']) }, (_, index) =>
      this.#process.furtherChannel(index),
    )
    this.#channels = new FastChannels(sockets, why => this.#process.kill(why))
  }

  async changePin(old: Uint8Array, next: Uint8Array): Promise<void> {
    await this.#ask('changePin', {}, [viewOf(old), viewOf(next)])
  }

  async abilities(): Promise<TokenAbilities> {
    return (await this.#ask('abilities')).head['abilities'] as TokenAbilities
  }

  async keys(): Promise<readonly TokenKey[]> {
    const keys: TokenKey[] = []
    for (let from: unknown = 0; from !== undefined; ) {
      const { head } = await this.#ask('keys', { from })
      keys.push(...(head['keys'] as TokenKey[]))
      from = head['next']
    }
    return keys
  }

  async makeKey(name: TokenKeyName, isShared: boolean): Promise<void> {
    const { head } = await this.#ask('makeKey', { name, isShared })
    // Not looked up by its name, under which somebody may have put another key.
    this.#handles.set(textOf(name), BigInt(String(head['handle'])))
  }

  async destroyKey(name: TokenKeyName): Promise<void> {
    this.#handles.delete(textOf(name))
    await this.#ask('destroyKey', { name })
  }

  async transportKey(): Promise<TransportKey | undefined> {
    return transportKeyIn(await this.#ask('transportKey'))
  }

  async makeTransportKey(): Promise<TransportKey> {
    const key = transportKeyIn(await this.#ask('makeTransportKey', {}, [], pairMillisMax))
    if (key === undefined) throw new TokenProblem('Refused', 'the answer of its process has no key')
    return key
  }

  async wrapKey(name: TokenKeyName, fingerprint: string): Promise<Buffer> {
    const { parts } = await this.#ask('wrapKey', { name, fingerprint })
    const [wrapped] = parts
    if (wrapped === undefined) throw new TokenProblem('Refused', 'the answer of its process has no bytes')
    return wrapped
  }

  async unwrapKey(name: TokenKeyName, wrapped: Uint8Array): Promise<void> {
    this.#handles.delete(textOf(name))
    await this.#ask('unwrapKey', { name }, [viewOf(wrapped)])
  }

  async leak(): Promise<string | undefined> {
    return (await this.#ask('leak', {}, [], pairMillisMax)).head['leak'] as string | undefined
  }

  encrypt(
    name: TokenKeyName,
    iv: Uint8Array | undefined,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
  ): Promise<TokenCiphertext> {
    return this.#use(name, { operation: 'encrypt', iv, data: associatedData, input: plaintext }).then(
      ({ iv: used, output }) => ({ iv: used, ciphertext: output }),
    )
  }

  async decrypt(
    name: TokenKeyName,
    { iv, ciphertext }: TokenCiphertext,
    associatedData: Uint8Array,
  ): Promise<Buffer> {
    const use = { operation: 'decrypt', iv, data: associatedData, input: ciphertext } as const
    return (await this.#use(name, use)).output
  }

  async random(sizeBytes: number): Promise<Buffer> {
    return (await this.#perform({ ...noInput, operation: 'random', sizeBytes })).output
  }

  async close(): Promise<void> {
    await this.#process.close(this.#process.waiting > 0 || this.#channels?.isBusy)
  }

  async #use(name: TokenKeyName, use: Omit<FastRequest, 'key' | 'sizeBytes'>): Promise<FastAnswer> {
    const key = textOf(name)
    const known = this.#handles.get(key)
    const handle = typeof known === 'bigint' ? known : await this.#find(key, name)
    const answer = await this.#perform({ ...use, key: handle, sizeBytes: 0 })
    if (answer.status !== 'stale') return answer
    // A different key may have its name now. Each key is checked before its first use in a new process.
    const why = 'somebody has destroyed a key since it was found'
    this.#process.kill(why)
    throw new TokenProblem('Away', why)
  }

  #find(key: string, name: TokenKeyName): bigint | Promise<bigint> {
    const known = this.#handles.get(key)
    if (known !== undefined) return known
    const found = this.#ask('findKey', { name }).then(
      ({ head }) => {
        const handle = BigInt(String(head['handle']))
        if (this.#handles.get(key) === found) this.#handles.set(key, handle)
        return handle
      },
      (error: unknown) => {
        if (this.#handles.get(key) === found) this.#handles.delete(key)
        throw error
      },
    )
    this.#handles.set(key, found)
    return found
  }

  #perform(request: FastRequest): Promise<FastAnswer> {
    if (this.#process.endProblem !== undefined) return Promise.reject(this.#process.endProblem)
    if (this.#channels === undefined) return Promise.reject(new Error('nobody has logged in to the token'))
    return this.#channels.perform(request).catch(this.#notice)
  }

  #ask(
    request: TokenRequestName,
    head: Message['head'] = {},
    parts: readonly Buffer[] = [],
    timeoutMillis?: number,
  ): Promise<Message> {
    if (this.#process.waiting >= waitingMax)
      return Promise.reject(new TokenProblem('Busy', `${waitingMax} requests wait for it`))
    return this.#noticing(this.#process.request({ head: { ...head, request }, parts }, timeoutMillis))
  }

  #noticing<T>(work: Promise<T>): Promise<T> {
    return work.catch(this.#notice)
  }

  /** SoftHSM2 does not see a token again that came back, until a new process has loaded it. */
  readonly #notice = (error: unknown): never => {
    if (error instanceof TokenProblem && error.code === 'Away') this.#process.kill(error.message)
    throw error
  }
}

const nothing = Buffer.alloc(0)
const noInput = { key: 0n, iv: undefined, data: nothing, input: nothing } as const
/** A request copies its parts at once. */
const viewOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const textOf = ({ label, id }: TokenKeyName) => `${id} ${label}`

function transportKeyIn({ head, parts }: Message): TransportKey | undefined {
  const [modulus, exponent] = parts
  if (modulus === undefined || exponent === undefined) return undefined
  return { modulus, exponent, fingerprint: String(head['fingerprint']) }
}

/** The security officer of a token in a process of its own, because SoftHSM2 has one user a process. */
export class Ceremony implements TokenCeremony {
  readonly #process: LibraryProcess
  readonly #label: string

  private constructor(opened: LibraryProcess, label: string) {
    this.#process = opened
    this.#label = label
  }

  static async open(address: TokenAddress, signal?: AbortSignal): Promise<Ceremony> {
    return new Ceremony(await startProcess(address, 0, signal), address.label)
  }

  async login(source: PinSource): Promise<void> {
    await login(this.#process, this.#label, source, { officer: true })
  }

  async trust({ modulus, exponent }: TransportKey, label: string): Promise<void> {
    const head = { request: 'trust' satisfies TokenRequestName, label }
    await this.#process.request({ head, parts: [modulus, exponent] })
  }

  close(): Promise<void> {
    return this.#process.close()
  }
}
