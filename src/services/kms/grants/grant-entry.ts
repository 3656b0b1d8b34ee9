import { type Grant, type GrantParty, keyArn, rootArn } from '../../../domain/index.ts'

/** A grant as the lists show it (API reference, "GrantListEntry"). */
export function renderGrant(grant: Grant) {
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = grant.constraints
  const hasConstraints = Object.values(grant.constraints).some(value => value !== undefined)
  return {
    KeyId: keyArn(grant, grant.keyId),
    GrantId: grant.grantId,
    Name: grant.name ?? '',
    // Recorded from AWS without the milliseconds that keys and aliases have.
    CreationDate: Math.floor(grant.createdAt / 1000) * 1000,
    GranteePrincipal: principalOf(grant.grantee),
    RetiringPrincipal: principalOf(grant.retiring),
    IssuingAccount: rootArn(grant.issuingAccountId),
    Operations: [...grant.operations],
    Constraints: hasConstraints
      ? {
          EncryptionContextEquals: encryptionContextEquals,
          EncryptionContextSubset: encryptionContextSubset,
          SourceArn: sourceArn,
        }
      : undefined,
    GranteeServicePrincipal: serviceOf(grant.grantee),
    RetiringServicePrincipal: serviceOf(grant.retiring),
  }
}

const principalOf = (party: GrantParty | undefined) => (party?.type === 'principal' ? party.arn : undefined)
const serviceOf = (party: GrantParty | undefined) => (party?.type === 'service' ? party.service : undefined)
