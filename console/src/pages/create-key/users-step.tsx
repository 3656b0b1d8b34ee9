import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { accountFault } from '../../model/new-key.ts'
import { Info } from '../../ui/help.tsx'
import { ChoosePrincipals } from '../../ui/principals/choose-principals.tsx'
import type { StepProps } from './step-props.ts'

/** The fourth step: the users, roles and other accounts that use the key. */
export function UsersStep(props: StepProps) {
  const { value, onChange, place } = props
  return (
    <SpaceBetween size="l">
      <ChoosePrincipals
        title="Key users"
        info={<Info topic="keyUsers" about="key users" />}
        place={place}
        selected={value.users}
        onChange={users => onChange({ ...value, users })}
      />
      <OtherAccounts {...props} />
    </SpaceBetween>
  )
}

function OtherAccounts({ value, onChange, place, isTried }: StepProps) {
  const { otherAccounts } = value
  const change = (ids: readonly string[]) => onChange({ ...value, otherAccounts: ids })
  const faultAt = (index: number) => (isTried ? accountFault(otherAccounts, index, place) : undefined)
  return (
    <Container
      header={
        <Header
          variant="h2"
          info={<Info topic="otherAccounts" about="other AWS accounts" />}
          description="Administrators of a different account must also allow the key to their own users and roles."
        >
          Other AWS accounts
        </Header>
      }
    >
      <AttributeEditor
        items={otherAccounts}
        empty="No other account may use the key."
        addButtonText="Add another AWS account"
        removeButtonText="Remove"
        removeButtonAriaLabel={(id: string) => `Remove account ${id}`}
        onAddButtonClick={() => change([...otherAccounts, ''])}
        onRemoveButtonClick={({ detail }) => change(otherAccounts.toSpliced(detail.itemIndex, 1))}
        definition={[
          {
            label: 'Account ID',
            constraintText: '12 digits',
            errorText: (_id: string, index: number) => faultAt(index),
            control: (id: string, index: number) => (
              <Input
                value={id}
                inputMode="numeric"
                autoComplete={false}
                ariaLabel={`Account ID ${index + 1}`}
                onChange={({ detail }) => change(otherAccounts.with(index, detail.value.trim()))}
              />
            ),
          },
        ]}
      />
    </Container>
  )
}
