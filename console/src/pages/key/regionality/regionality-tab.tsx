import type { KeyMetadata } from '@aws-sdk/client-kms'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { regionalityLabel } from '../../../model/labels.ts'
import {
  changePrimaryFault,
  type RelatedKey,
  relatedKeys,
  replicateFault,
} from '../../../model/regionality.ts'
import { renderRoute } from '../../../route/route.ts'
import { Info } from '../../../ui/help.tsx'
import type { ShownKey } from '../shown-key.ts'
import { ChangePrimary } from './change-primary.tsx'
import { CreateReplicas } from './create-replicas.tsx'

/** The keys of a multi-Region key, and what can be done with them. */
export function RegionalityTab({ shown }: { readonly shown: ShownKey }) {
  const [act, setAct] = useState<'replicate' | 'move'>()
  const { metadata = {} as KeyMetadata } = shown
  const close = () => setAct(undefined)
  return (
    <>
      <Table<RelatedKey>
        header={
          <Header
            variant="h2"
            info={<Info topic="regionality" about="regionality" />}
            description={`This key is a ${regionalityLabel(metadata).toLowerCase().replace('region', 'Region')} key.`}
            actions={<Actions shown={shown} metadata={metadata} onAct={setAct} />}
          >
            Related multi-Region keys
          </Header>
        }
        items={relatedKeys(metadata)}
        trackBy="region"
        ariaLabels={{ tableLabel: 'Related multi-Region keys' }}
        columnDefinitions={[
          { id: 'region', header: 'Region', isRowHeader: true, cell: ({ region }) => region },
          { id: 'type', header: 'Regionality', cell: ({ isPrimary }) => (isPrimary ? 'Primary' : 'Replica') },
          {
            id: 'arn',
            header: 'ARN',
            cell: ({ region, arn }) => (
              <Link href={renderRoute(region, 'key', { keyId: metadata.KeyId ?? '' })}>{arn}</Link>
            ),
          },
        ]}
      />
      {act === 'replicate' && <CreateReplicas shown={shown} metadata={metadata} onClose={close} />}
      {act === 'move' && <ChangePrimary shown={shown} metadata={metadata} onClose={close} />}
    </>
  )
}

/** Whether the key has the tab. */
export const isMultiRegion = (metadata: KeyMetadata | undefined): boolean => metadata?.MultiRegion === true

interface ActionsProps {
  readonly shown: ShownKey
  readonly metadata: KeyMetadata
  readonly onAct: (act: 'replicate' | 'move') => void
}

function Actions({ shown: { fixedBecause }, metadata, onAct }: ActionsProps) {
  const blocked = (reason: string | undefined) =>
    reason === undefined ? {} : { disabled: true, disabledReason: reason }
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => onAct('move')} {...blocked(fixedBecause ?? changePrimaryFault(metadata))}>
        Change primary Region
      </Button>
      <Button
        variant="primary"
        onClick={() => onAct('replicate')}
        {...blocked(fixedBecause ?? replicateFault(metadata))}
      >
        Create new replica keys
      </Button>
    </SpaceBetween>
  )
}
