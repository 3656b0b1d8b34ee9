import type { Millis } from '../../std/index.ts'
import { demand } from './attestation-problem.ts'
import { decodeCbor } from './cbor.ts'

/** Platform configuration registers: index 0–31, value in lower-case hex. */
export type Registers = ReadonlyMap<number, string>

/** The signed content of an attestation document. Only its shape is checked. */
export interface AttestationDocument {
  readonly moduleId: string
  readonly timestamp: Millis
  /** Empty in a document of NitroTPM. */
  readonly pcrs: Registers
  /** Empty in a document of an enclave. */
  readonly nitroTpmPcrs: Registers
  /** DER; the certificate whose key signed the document. */
  readonly certificate: Uint8Array
  /** DER; the root first, the issuer of `certificate` last. */
  readonly cabundle: readonly Uint8Array[]
  readonly publicKey: Uint8Array | undefined
}

// AWS's own chains have five certificates; each further one costs a signature verification.
const cabundleMax = 8
// attestation_process.md gives user_data and nonce 512 bytes in one section and 1024 in a different one. Keyward
// does nothing with them, so the larger number stands.
const userBytesMax = 1024

/**
 * Performs the syntactical validation of attestation_process.md (aws-nitro-enclaves-nsm-api), section 3.2.2, and
 * of NitroTPM's documents ("Validate a NitroTPM Attestation Document", EC2 user guide), which have nitrotpm_pcrs
 * instead of pcrs. Unknown members are ignored: AWS adds some over time, and they are signed like all others.
 * Throws AttestationProblem.
 */
export function readAttestationDocument(payload: Uint8Array): AttestationDocument {
  // The hypervisor has written the outer map with an indefinite length since 2025.
  const members = decodeCbor(payload, { indefiniteMaps: true })
  demand(members instanceof Map, 'the payload is not a map')
  for (const name of members.keys())
    demand(typeof name === 'string', 'the payload has a member without a name')
  // The documentation says "No field content can be null"; the hypervisor writes null for an absent value.
  const member = (name: string): unknown => members.get(name) ?? undefined

  const moduleId = member('module_id')
  demand(typeof moduleId === 'string' && moduleId !== '', 'no module_id')
  demand(member('digest') === 'SHA384', 'the digest is not SHA384')
  const timestamp = member('timestamp')
  demand(typeof timestamp === 'number' && timestamp > 0, 'no timestamp')
  const pcrs = readRegisters('pcrs', member('pcrs'))
  const nitroTpmPcrs = readRegisters('nitrotpm_pcrs', member('nitrotpm_pcrs'))
  demand(pcrs.size + nitroTpmPcrs.size > 0, 'neither pcrs nor nitrotpm_pcrs')
  const cabundle = member('cabundle')
  demand(Array.isArray(cabundle) && cabundle.length > 0, 'no cabundle')
  demand(cabundle.length <= cabundleMax, 'the cabundle is too long')
  optionalBytes('user_data', member('user_data'), 0, userBytesMax)
  optionalBytes('nonce', member('nonce'), 0, userBytesMax)
  return {
    moduleId,
    timestamp,
    pcrs,
    nitroTpmPcrs,
    certificate: certificateBytes('certificate', member('certificate')),
    cabundle: cabundle.map(each => certificateBytes('cabundle', each)),
    publicKey: optionalBytes('public_key', member('public_key'), 1, 1024),
  }
}

function readRegisters(name: string, value: unknown): Registers {
  if (value === undefined) return new Map()
  demand(value instanceof Map, `${name} is not a map`)
  demand(value.size >= 1 && value.size <= 32, `${name} has too few or too many registers`)
  const registers = new Map<number, string>()
  for (const [index, register] of value) {
    demand(typeof index === 'number' && index >= 0 && index < 32, `${name} has an index beyond 31`)
    demand(register instanceof Uint8Array, `${name} has a register that is not bytes`)
    demand([32, 48, 64].includes(register.length), `${name} has a register of a different length`)
    registers.set(index, Buffer.from(register).toString('hex'))
  }
  return registers
}

function optionalBytes(name: string, value: unknown, min: number, max: number): Uint8Array | undefined {
  if (value === undefined) return undefined
  demand(value instanceof Uint8Array, `${name} is not bytes`)
  demand(value.length >= min && value.length <= max, `${name} is too short or too long`)
  return value
}

function certificateBytes(name: string, value: unknown): Uint8Array {
  const bytes = optionalBytes(name, value, 1, 1024)
  demand(bytes !== undefined, `no ${name}`)
  return bytes
}
