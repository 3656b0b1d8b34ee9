import type { KeyMetadata } from '@aws-sdk/client-kms'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs'
import { Suspense } from 'react'
import { isAlias } from '../../model/key-names.ts'
import { typeLabel } from '../../model/labels.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { lazyPart } from '../../ui/lazy-part.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { ApiError } from '../../wire/errors.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'
import { AliasesTab } from './aliases/aliases-tab.tsx'
import { CryptographicTab } from './cryptographic-tab.tsx'
import { GeneralConfiguration } from './general-configuration.tsx'
import { GrantsTab } from './grants/grants-tab.tsx'
import { KeyHeader } from './key-header.tsx'
import { PolicyTab } from './policy/policy-tab.tsx'
import { PublicKeyTab } from './public-key-tab.tsx'
import { isMultiRegion, RegionalityTab } from './regionality/regionality-tab.tsx'
import { hasRotation, RotationTab } from './rotation/rotation-tab.tsx'
import { type ShownKey, shownKey } from './shown-key.ts'
import { TagsTab } from './tags-tab.tsx'

const ActivityTab = lazyPart(() => import('./activity/activity-tab.tsx').then(part => part.ActivityTab))

/** The page of one key: its id, ARN or alias is in the address. Each part shows what its own permission allows. */
export function KeyPage({ route }: { readonly route: Route }) {
  const name = route.params['keyId'] ?? ''
  const query = useCall(
    'DescribeKey',
    kms.describeKey,
    { KeyId: name },
    { pollMs: ({ KeyMetadata: key }) => (isChanging(key?.KeyState) ? changingMs : false) },
  )
  const metadata = query.data?.KeyMetadata
  const key = shownKey(name, metadata, currentSession()?.accountId ?? '')
  // An alias says nothing to most operations, and a key that is not there has no tabs.
  const isDenied = query.error instanceof ApiError && query.error.kind === 'denied' && !isAlias(name)
  return (
    <SpaceBetween size="l">
      <KeyHeader shown={key} name={name} />
      <Loaded query={query} name="the key" action="kms:DescribeKey">
        {() => <GeneralConfiguration shown={key} onShowAliases={() => showTab(name, 'aliases')} />}
      </Loaded>
      {(metadata !== undefined || isDenied) && <KeyTabs shown={key} name={name} asked={route.query['tab']} />}
    </SpaceBetween>
  )
}

/** Milliseconds between two looks at a key that is being changed. */
const changingMs = 2000
const isChanging = (state: string | undefined) => state === 'Creating' || state === 'Updating'

const showTab = (name: string, tab: string) =>
  navigate(href('key', { keyId: name }, { tab }), { replaces: true })

interface KeyTabsProps {
  readonly shown: ShownKey
  readonly name: string
  readonly asked: string | undefined
}

function KeyTabs({ shown, name, asked }: KeyTabsProps) {
  const tabs = tabsOf(shown)
  return (
    <Tabs
      tabs={tabs}
      activeTabId={tabs.find(({ id }) => id === asked)?.id ?? 'policy'}
      onChange={({ detail }) => showTab(name, detail.activeTabId)}
      ariaLabel="Details of the key"
    />
  )
}

/** The tabs of AWS's console that this key has. */
function tabsOf(shown: ShownKey): TabsProps.Tab[] {
  const tabs = [
    { id: 'policy', label: 'Key policy', content: <PolicyTab shown={shown} /> },
    {
      id: 'cryptographic',
      label: 'Cryptographic configuration',
      content: <CryptographicTab shown={shown} />,
    },
    { id: 'tags', label: 'Tags', content: <TagsTab shown={shown} /> },
    ...(hasPublicKey(shown.metadata)
      ? [{ id: 'public-key', label: 'Public key', content: <PublicKeyTab keyId={shown.id} /> }]
      : []),
    ...(hasRotation(shown.metadata)
      ? [{ id: 'rotation', label: 'Key material and rotations', content: <RotationTab shown={shown} /> }]
      : []),
    ...(isMultiRegion(shown.metadata)
      ? [{ id: 'regionality', label: 'Regionality', content: <RegionalityTab shown={shown} /> }]
      : []),
    { id: 'grants', label: 'Grants', content: <GrantsTab shown={shown} /> },
    { id: 'aliases', label: 'Aliases', content: <AliasesTab shown={shown} /> },
    {
      id: 'activity',
      label: 'Activity',
      content: (
        <Suspense>
          <ActivityTab keyArn={shown.id} />
        </Suspense>
      ),
    },
  ]
  return tabs
}

/** A key that the caller may not describe may be asymmetric: then the tab says what the server says. */
const hasPublicKey = (metadata: KeyMetadata | undefined) =>
  metadata === undefined || typeLabel(metadata.KeySpec) === 'Asymmetric'
