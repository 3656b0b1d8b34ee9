import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Info } from '../../ui/help.tsx'
import { ChoosePrincipals } from '../../ui/principals/choose-principals.tsx'
import type { StepProps } from './step-props.ts'

/** The third step: the users and roles that manage the key. */
export function AdministratorsStep({ value, onChange, place }: StepProps) {
  return (
    <SpaceBetween size="l">
      <ChoosePrincipals
        title="Key administrators"
        info={<Info topic="administrators" about="key administrators" />}
        place={place}
        selected={value.administrators}
        onChange={administrators => onChange({ ...value, administrators })}
      />
      <Container
        header={
          <Header variant="h2" info={<Info topic="keyDeletion" about="key deletion" />}>
            Key deletion
          </Header>
        }
      >
        <Checkbox
          checked={value.mayDelete}
          onChange={({ detail }) => onChange({ ...value, mayDelete: detail.checked })}
        >
          Allow key administrators to delete this key
        </Checkbox>
      </Container>
    </SpaceBetween>
  )
}
