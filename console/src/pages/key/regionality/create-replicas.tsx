import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { freeRegions } from '../../../model/regionality.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { serverConfig } from '../../../session/server-config.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { everyPage } from '../../../wire/every-page.ts'
import { kmsRegions } from '../../../wire/kms/regions.ts'
import { kms } from '../../../wire/kms.ts'
import { useAct } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'
import type { RegionalityProps } from './change-primary.tsx'

/** The parts of the key that each replica begins with. Later changes of one do not reach the others. */
interface Copied {
  readonly hasPolicy: boolean
  readonly hasTags: boolean
  readonly hasAliases: boolean
}

/** Makes replicas in several Regions, one after the other. */
export function CreateReplicas({ shown, metadata, onClose }: RegionalityProps) {
  const [regions, setRegions] = useState<readonly string[]>([])
  const [copied, setCopied] = useState<Copied>({ hasPolicy: true, hasTags: true, hasAliases: true })
  const [made, setMade] = useState<readonly string[]>([])
  const create = useAct(async () => {
    const parts = await partsOf(shown, metadata.Description, copied)
    for (const region of regions.filter(name => !made.includes(name))) {
      await replicate(shown, region, parts)
      setMade(known => [...known, region])
    }
  }, ['DescribeKey', 'ListKeyDetails'])
  const free = freeRegions(metadata, serverConfig().regions).map(name => ({ value: name, label: name }))
  const copy = (part: keyof Copied, label: string) => (
    <Checkbox
      checked={copied[part]}
      onChange={({ detail }) => setCopied({ ...copied, [part]: detail.checked })}
    >
      {label}
    </Checkbox>
  )
  return (
    <ActModal
      title="Create new replica keys"
      action="Create new replica keys"
      act={create}
      blockedBecause={regions.length === 0 ? 'Choose a Region.' : undefined}
      done={`Replica keys are being made in ${regions.join(', ')}.`}
      onClose={onClose}
    >
      <FormField
        label="Replica Regions"
        description="Regions of this server that have no key of this kind yet."
      >
        <Multiselect
          options={free}
          selectedOptions={regions.map(name => ({ value: name, label: name }))}
          placeholder="Choose Regions"
          empty="Every Region of this server has one."
          onChange={({ detail }) => setRegions(detail.selectedOptions.map(({ value = '' }) => value))}
        />
      </FormField>
      <FormField label="Copy from this key" description="Each replica has its own afterwards.">
        {copy('hasPolicy', 'Key policy')}
        {copy('hasTags', 'Tags')}
        {copy('hasAliases', 'Aliases')}
      </FormField>
      {made.map(region => (
        <StatusIndicator key={region}>Made in {region}</StatusIndicator>
      ))}
    </ActModal>
  )
}

type Parts = Awaited<ReturnType<typeof partsOf>>

/** Reads the parts of the key that are copied. */
async function partsOf({ id }: ShownKey, description: string | undefined, copied: Copied) {
  const region = { region: currentRegion() }
  const { hasPolicy, hasTags, hasAliases } = copied
  const policy = hasPolicy ? (await kms.getKeyPolicy({ KeyId: id }, region)).Policy : undefined
  const tags = hasTags
    ? await everyPage(async marker => {
        const { Tags = [], NextMarker } = await kms.listResourceTags({ KeyId: id, Marker: marker }, region)
        return { items: Tags, next: NextMarker }
      })
    : []
  const aliases = hasAliases
    ? await everyPage(async marker => {
        const { Aliases = [], NextMarker } = await kms.listAliases({ KeyId: id, Marker: marker }, region)
        return { items: Aliases, next: NextMarker }
      })
    : []
  return { description, policy, tags, aliases: aliases.flatMap(({ AliasName }) => AliasName ?? []) }
}

async function replicate({ id }: ShownKey, region: string, parts: Parts): Promise<void> {
  const { description, policy, tags, aliases } = parts
  const { ReplicaKeyMetadata: replica } = await kmsRegions.replicateKey(
    {
      ...{ KeyId: id, ReplicaRegion: region },
      ...(description !== undefined && { Description: description }),
      ...(policy !== undefined && { Policy: policy }),
      ...(tags.length > 0 && { Tags: tags }),
    },
    { region: currentRegion() },
  )
  for (const AliasName of aliases)
    await kms.createAlias({ AliasName, TargetKeyId: replica?.KeyId ?? '' }, { region })
}
