import {
  checkGrantable,
  checkGrantOperations,
  type Grant,
  type GrantConstraints,
  type GrantOperation,
  type GrantParty,
  type KeySpec,
  type KeyUsage,
  newKey,
  type Origin,
  parsePrincipalArn,
} from '../../domain/index.ts'
import { kms } from '../../services/index.ts'
import type { Located } from '../../std/index.ts'
import { decode, explained, needed } from '../../std/index.ts'

/** A grant of the seed. */
export interface SeedGrant extends Pick<Grant, 'grantee' | 'retiring' | 'operations' | 'constraints'> {
  readonly at: Located
  /** Identifies the grant when the seed is applied again. */
  readonly name: string
}

interface Kind {
  readonly keySpec: KeySpec
  readonly keyUsage: KeyUsage
  readonly origin: Origin
}

/** The members of a CreateGrant request, whose constraints apply to the seed too. */
interface GrantRequest {
  readonly Name: string
  readonly Operations: readonly GrantOperation[]
  readonly Constraints: {
    readonly EncryptionContextEquals?: GrantConstraints['encryptionContextEquals']
    readonly EncryptionContextSubset?: GrantConstraints['encryptionContextSubset']
    readonly SourceArn?: string
  }
}

const parts = ['name', 'grantee', 'retiring', 'operations', 'constraints'] as const

/** Reads a grant, and checks it as CreateGrant checks a request. Throws OperatorError. */
export function readGrant(at: Located, kind: Kind): SeedGrant {
  const { name, grantee, retiring, operations, constraints } = at.members(parts)
  const request = decodeRequest(at, {
    Name: needed(name, at, 'name').text(),
    Operations: needed(operations, at, 'operations')
      .items()
      .map(item => item.text()),
    Constraints: constraints === undefined ? {} : readConstraints(constraints),
    ...partyMember('Grantee', needed(grantee, at, 'grantee')),
    ...(retiring === undefined ? {} : partyMember('Retiring', retiring)),
  })
  const { Name, Operations, Constraints } = request
  const grant: SeedGrant = {
    at,
    name: Name,
    grantee: readParty(needed(grantee, at, 'grantee')),
    retiring: retiring === undefined ? undefined : readParty(retiring),
    operations: [...new Set(Operations)],
    constraints: {
      encryptionContextEquals: Constraints.EncryptionContextEquals,
      encryptionContextSubset: Constraints.EncryptionContextSubset,
      sourceArn: Constraints.SourceArn,
    },
  }
  checkGrant(grant, kind)
  return grant
}

/** Decodes with the input shape of CreateGrant, so that the messages are the same as for clients. */
function decodeRequest(at: Located, request: Readonly<Record<string, unknown>>): GrantRequest {
  const input = kms.operations.get('CreateGrant')?.input
  if (input === undefined) throw new Error('the kms service has no CreateGrant')
  return explained(at, () => decode(input, { KeyId: 'of the seed', ...request }) as GrantRequest)
}

function readConstraints(at: Located): Record<string, unknown> {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = at.members([
    'encryptionContextEquals',
    'encryptionContextSubset',
    'sourceArn',
  ])
  return {
    EncryptionContextEquals: encryptionContextEquals && readContext(encryptionContextEquals),
    EncryptionContextSubset: encryptionContextSubset && readContext(encryptionContextSubset),
    SourceArn: sourceArn?.text(),
  }
}

function readContext(at: Located): Record<string, string> {
  return Object.fromEntries(at.entries().map(([key, value]) => [key, value.text()]))
}

const isArn = (at: Located) => at.text().startsWith('arn:')

function partyMember(role: 'Grantee' | 'Retiring', at: Located): Record<string, string> {
  return { [isArn(at) ? `${role}Principal` : `${role}ServicePrincipal`]: at.text() }
}

function readParty(at: Located): GrantParty {
  if (!isArn(at)) return { type: 'service', service: at.text() }
  const principal = parsePrincipalArn(at.text())
  if (principal === undefined) {
    throw at.error('names no principal; it must be the ARN of an account, user or role, or an AWS service')
  }
  return { type: 'principal', arn: principal.arn }
}

function checkGrant(grant: SeedGrant, kind: Kind): void {
  const { at, grantee, retiring, operations, constraints } = grant
  if (operations.length === 0) throw at.error('allows no operation; it must allow at least one')
  if (grantee.type === 'service' && (retiring === undefined || constraints.sourceArn === undefined)) {
    throw at.error(
      'has a service as its grantee, so it needs a retiring principal and a sourceArn constraint',
    )
  }
  // The grantable operations depend on the kind of key only, so any key of the kind will do.
  const key = newKey({ accountId: '', region: '', keyId: '', createdAt: 0, ...kind })
  explained(at, () => {
    checkGrantOperations(operations)
    checkGrantable(key, grant)
  })
}
