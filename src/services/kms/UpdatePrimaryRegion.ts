import { beginSettling, isPrimary, type KmsKey, notPrimary, validation } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { settlingMillis } from './ReplicateKey.ts'
import { keyIdType, regionType } from './shapes.ts'

export const UpdatePrimaryRegion = operation({
  name: 'UpdatePrimaryRegion',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), PrimaryRegion: required(regionType) }),
  output: undefined,
  keys: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      supports: checkIsPrimary,
      conditions: input => ({ 'kms:PrimaryRegion': input.PrimaryRegion }),
    },
    next: {
      // The replica has the same id; only its region differs.
      from: input => input.KeyId.replace(/^arn:.*:key\//, ''),
      region: input => input.PrimaryRegion,
      conditions: input => ({ 'kms:PrimaryRegion': input.PrimaryRegion }),
      forms: 'key',
    },
  },
  disclose: (_output, { key }) => ({ responseElements: { keyId: key.arn } }),
  async handle({ input, key, next, now, store, recordEvent }) {
    const { accountId, region, keyId } = key.key
    if (next.key.region === region) throw validation(`The primary key is in ${region} already.`)
    for (const member of await store.listMembers(accountId, keyId)) {
      const moved = { ...member, primaryRegion: input.PrimaryRegion }
      const isInvolved = member.region === region || member.region === input.PrimaryRegion
      await store.updateKey(isInvolved ? beginSettling(moved, 'Updating', now + settlingMillis) : moved)
    }
    recordEvent({
      key: next.key,
      eventName: 'UpdatePrimaryRegion',
      details: { primaryRegion: input.PrimaryRegion },
    })
  },
})

function checkIsPrimary(key: KmsKey): void {
  if (!isPrimary(key)) throw notPrimary(key)
}
