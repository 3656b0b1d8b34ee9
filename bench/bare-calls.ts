import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  encapsulate,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type SignKeyObjectInput,
  sign,
  verify,
} from 'node:crypto'

// The yardstick of one operation: its OpenSSL call alone, in a loop. Run as `bare-calls.ts CALL FORM IN_FLIGHT
// SECONDS`. FORM is `sync` for consecutive calls on the main thread, or `pool` for the callback form with IN_FLIGHT
// calls in libuv's pool at a time. The program prints its result as JSON.

/** The result of a bare call. */
export interface BareResult {
  readonly callsPerSecond: number
  readonly cpuMicrosPerCall: number
}

interface BareCall {
  sync(): unknown
  pool?(settle: (error: Error | null | undefined) => void): void
}

export const messageSizeBytes = 256
export const plaintextSizeBytes = 32

type NamedGenerator = (type: string, options?: object) => { publicKey: KeyObject; privateKey: KeyObject }
/** The types have one overload for each algorithm, and lack some algorithms. */
const generateNamedSync = generateKeyPairSync as unknown as NamedGenerator
const generateNamed = generateKeyPair as unknown as (
  type: string,
  options: object,
  settle: (error: Error | null) => void,
) => void

function signing(hash: string | null, type: string, options = {}, padding: Partial<SignKeyObjectInput> = {}) {
  const { privateKey, publicKey } = generateNamedSync(type, options)
  const message = randomBytes(messageSizeBytes)
  const [signer, verifier] = [
    { ...padding, key: privateKey },
    { ...padding, key: publicKey },
  ]
  const signature = sign(hash, message, signer)
  return {
    sign: {
      sync: () => sign(hash, message, signer),
      pool: settle => sign(hash, message, signer, settle),
    } satisfies BareCall as BareCall,
    verify: {
      sync: () => verify(hash, message, verifier, signature),
      pool: settle =>
        verify(hash, message, verifier, signature, (error, isValid) =>
          settle(error ?? (isValid ? null : new Error('not valid'))),
        ),
    } satisfies BareCall as BareCall,
  }
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
const rsa = (modulusLength: number) => signing('sha256', 'rsa', { modulusLength }, pss)
const ecdsa = (namedCurve: string, hash = 'sha256') =>
  signing(hash, 'ec', { namedCurve }, { dsaEncoding: 'der' })

function generating(type: string, options: object): BareCall {
  const encoded = {
    ...options,
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  }
  return {
    sync: () => generateNamedSync(type, encoded),
    pool: settle => generateNamed(type, encoded, settle),
  }
}

/** AES-256-GCM under a key that is already open, with a nonce, a plaintext and associated data of Keyward's sizes. */
function aes() {
  const key = createSecretKey(randomBytes(32))
  const data = randomBytes(86)
  const plaintext = randomBytes(plaintextSizeBytes)
  const seal = () => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(data)
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    return { nonce, ciphertext, tag: cipher.getAuthTag() }
  }
  const { nonce, ciphertext, tag } = seal()
  const open = () => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    decipher.setAAD(data).setAuthTag(tag)
    const opened = decipher.update(ciphertext)
    decipher.final()
    return opened
  }
  return { seal: { sync: seal } as BareCall, open: { sync: open } as BareCall }
}

function mac(): BareCall {
  const key = createSecretKey(randomBytes(32))
  const message = randomBytes(messageSizeBytes)
  return { sync: () => createHmac('sha256', key).update(message).digest() }
}

function encapsulating(): BareCall {
  const { publicKey } = generateNamedSync('ml-kem-768')
  return {
    sync: () => encapsulate(publicKey),
    pool: settle => encapsulate(publicKey, error => settle(error)),
  }
}

const bareCalls = {
  'AES_256 seal': () => aes().seal,
  'AES_256 open': () => aes().open,
  'RSA_2048 sign': () => rsa(2048).sign,
  'RSA_2048 verify': () => rsa(2048).verify,
  'RSA_4096 sign': () => rsa(4096).sign,
  'ECC_NIST_P256 sign': () => ecdsa('P-256').sign,
  'ECC_NIST_P256 verify': () => ecdsa('P-256').verify,
  'ECC_NIST_P384 sign': () => ecdsa('P-384', 'sha384').sign,
  'ECC_NIST_P521 sign': () => ecdsa('P-521', 'sha512').sign,
  'ECC_SECG_P256K1 sign': () => ecdsa('secp256k1').sign,
  'ECC_NIST_EDWARDS25519 sign': () => signing(null, 'ed25519').sign,
  'ECC_NIST_EDWARDS25519 verify': () => signing(null, 'ed25519').verify,
  'ML_DSA_65 sign': () => signing(null, 'ml-dsa-65').sign,
  'ML_DSA_65 verify': () => signing(null, 'ml-dsa-65').verify,
  'HMAC_256 mac': mac,
  'RSA_2048 generate': () => generating('rsa', { modulusLength: 2048 }),
  'RSA_4096 generate': () => generating('rsa', { modulusLength: 4096 }),
  'ECC_NIST_P256 generate': () => generating('ec', { namedCurve: 'P-256' }),
  'ML_KEM_768 encapsulate': encapsulating,
} satisfies Record<string, () => BareCall>

export type BareCallName = keyof typeof bareCalls
export type BareForm = 'sync' | 'pool'

function runSync({ sync }: BareCall, end: number): number {
  let calls = 0
  do {
    sync()
    calls++
  } while (performance.now() < end)
  return calls
}

function runInPool({ pool }: BareCall, inFlight: number, end: number): Promise<number> {
  if (pool === undefined) throw new Error('Node has no callback form of this call')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let calls = 0
  let running = inFlight
  const start = () =>
    pool(error => {
      if (error) reject(error)
      calls++
      if (performance.now() < end) start()
      else if (--running === 0) resolve(calls)
    })
  for (let i = 0; i < inFlight; i++) start()
  return promise
}

async function main([name, form, inFlight, seconds]: readonly string[]): Promise<void> {
  const bareCall = bareCalls[name as BareCallName]()
  const run = async (untilMillis: number) =>
    form === 'sync'
      ? runSync(bareCall, untilMillis)
      : await runInPool(bareCall, Number(inFlight), untilMillis)
  // Warm up, as the server is warm when it is measured.
  await run(performance.now() + 300)
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const calls = await run(start + Number(seconds) * 1000)
  const elapsedSeconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const result: BareResult = {
    callsPerSecond: calls / elapsedSeconds,
    cpuMicrosPerCall: (user + system) / calls,
  }
  process.stdout.write(JSON.stringify(result))
}

if (import.meta.main) await main(process.argv.slice(2))
