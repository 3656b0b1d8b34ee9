import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { href } from '../../route/use-route.ts'
import { KeyActions } from '../../ui/key-actions/key-actions.tsx'
import { OpenKey } from './open-key.tsx'
import type { KeyList } from './use-key-list.ts'

/** The title of the list, and what can be done with it. */
export function ListHeader({ list: { pages, selected, isOfAws } }: { readonly list: KeyList }) {
  return (
    <Header
      variant="awsui-h1-sticky"
      {...(pages.count !== undefined && { counter: `(${pages.count.toLocaleString('en')})` })}
      actions={
        <SpaceBetween size="xs" direction="horizontal">
          <Button iconName="refresh" ariaLabel="Refresh keys" onClick={() => void pages.restart()} />
          <OpenKey />
          {!isOfAws && (
            <>
              <KeyActions keys={selected} offered={['enable', 'disable', 'delete', 'cancel', 'tag']} />
              <Button variant="primary" href={href('createKey')}>
                Create key
              </Button>
            </>
          )}
        </SpaceBetween>
      }
    >
      {isOfAws ? 'AWS managed keys' : 'Customer managed keys'}
    </Header>
  )
}
