import type { KeyMetadata } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import { useMemo } from 'react'
import { usageFault } from '../../model/key-states.ts'
import { usageLabel } from '../../model/labels.ts'
import { formsFor } from '../../model/use/forms.ts'
import type { Route } from '../../route/route.ts'
import { currentRegion, href, navigate } from '../../route/use-route.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { ApiError } from '../../wire/errors.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'
import { digest } from './digest.ts'
import { OperationForm } from './operation-form.tsx'

/** The page on which a key encrypts, signs, and so on: a form for each operation that the key has. */
export function UsePage({ route }: { readonly route: Route }) {
  const name = route.params['keyId'] ?? ''
  const query = useCall('DescribeKey', kms.describeKey, { KeyId: name })
  const asked = route.query['operation']
  const isDenied = query.error instanceof ApiError && query.error.kind === 'denied'
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={<Link href={href('key', { keyId: name })}>{name}</Link>}>
        Use this key
      </Header>
      <Loaded query={query} name="the key" action="kms:DescribeKey">
        {({ KeyMetadata }) => <Operations name={name} metadata={KeyMetadata} asked={asked} />}
      </Loaded>
      {isDenied && <Operations name={name} metadata={undefined} asked={asked} />}
    </SpaceBetween>
  )
}

interface OperationsProps {
  readonly name: string
  /** Undefined if the caller may not describe the key: the caller may use it all the same. */
  readonly metadata: KeyMetadata | undefined
  readonly asked: string | undefined
}

function Operations({ name, metadata, asked }: OperationsProps) {
  const forms = useMemo(() => formsFor(metadata, currentRegion()), [metadata])
  const facts = useMemo(() => ({ keyName: name, keySpec: metadata?.KeySpec, digest }), [name, metadata])
  const unusableBecause = usageFault(metadata?.KeyState)
  if (forms.length === 0) return <Box>The console has no form for: {usageLabel(metadata?.KeyUsage)}.</Box>
  return (
    <SpaceBetween size="l">
      {unusableBecause !== undefined && <Alert type="warning">{unusableBecause}</Alert>}
      <Tabs
        ariaLabel="Operations"
        activeTabId={forms.find(({ id }) => id === asked)?.id ?? forms[0]?.id ?? ''}
        onChange={({ detail }) =>
          navigate(href('useKey', { keyId: name }, { operation: detail.activeTabId }), { replaces: true })
        }
        tabs={forms.map(form => ({
          id: form.id,
          label: form.title,
          content: (
            <OperationForm key={form.id} form={form} facts={facts} unusableBecause={unusableBecause} />
          ),
        }))}
      />
    </SpaceBetween>
  )
}
