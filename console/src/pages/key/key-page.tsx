import type { KeyMetadata } from '@aws-sdk/client-kms'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs'
import { typeLabel } from '../../model/labels.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'
import { AliasesTab } from './aliases-tab.tsx'
import { CryptographicTab } from './cryptographic-tab.tsx'
import { GeneralConfiguration } from './general-configuration.tsx'
import { KeyHeader } from './key-header.tsx'
import { PolicyTab } from './policy-tab.tsx'
import { PublicKeyTab } from './public-key-tab.tsx'
import { TagsTab } from './tags-tab.tsx'

/** The page of one key: its id, ARN or alias is in the address. */
export function KeyPage({ route }: { readonly route: Route }) {
  const name = route.params['keyId'] ?? ''
  const query = useCall('DescribeKey', kms.describeKey, { KeyId: name })
  return (
    <SpaceBetween size="l">
      {query.data === undefined && <Header variant="h1">{name}</Header>}
      <Loaded query={query} name="the key" action="kms:DescribeKey">
        {({ KeyMetadata }) =>
          KeyMetadata !== undefined && <Key metadata={KeyMetadata} name={name} route={route} />
        }
      </Loaded>
    </SpaceBetween>
  )
}

interface KeyProps {
  readonly metadata: KeyMetadata
  readonly name: string
  readonly route: Route
}

function Key({ metadata, name, route }: KeyProps) {
  const tabs = tabsOf(metadata)
  const asked = tabs.find(({ id }) => id === route.query['tab'])
  return (
    <>
      <KeyHeader metadata={metadata} />
      <GeneralConfiguration metadata={metadata} />
      <Tabs
        tabs={tabs}
        activeTabId={asked?.id ?? 'policy'}
        onChange={({ detail }) =>
          navigate(href('key', { keyId: name }, { tab: detail.activeTabId }), { replaces: true })
        }
        ariaLabel="Details of the key"
      />
    </>
  )
}

/** The tabs of AWS's console that this key has. */
function tabsOf(metadata: KeyMetadata): TabsProps.Tab[] {
  const keyId = metadata.Arn ?? ''
  const hasPublicKey = typeLabel(metadata.KeySpec) === 'Asymmetric'
  return [
    { id: 'policy', label: 'Key policy', content: <PolicyTab keyId={keyId} /> },
    {
      id: 'cryptographic',
      label: 'Cryptographic configuration',
      content: <CryptographicTab metadata={metadata} />,
    },
    { id: 'tags', label: 'Tags', content: <TagsTab keyId={keyId} /> },
    ...(hasPublicKey
      ? [{ id: 'public-key', label: 'Public key', content: <PublicKeyTab keyId={keyId} /> }]
      : []),
    { id: 'aliases', label: 'Aliases', content: <AliasesTab keyId={metadata.KeyId ?? ''} /> },
  ]
}
