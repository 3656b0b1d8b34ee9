import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { keepPolicy, policyOf, readerAt, withPolicy } from '../../model/new-key.ts'
import { Info } from '../../ui/help.tsx'
import { PolicyEditor } from '../../ui/json-editor/policy-editor.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import type { StepProps } from './step-props.ts'

/** The fifth step: the policy that follows from the choices, to read and to change. */
export function PolicyStep({ value, onChange, place, isTried }: StepProps) {
  const { text, isEdited, isOutdated } = policyOf(value, place)
  const [isOpen, setOpen] = useState(isEdited)
  const regenerate = () => {
    setOpen(false)
    onChange({ ...value, edit: undefined })
  }
  return (
    <SpaceBetween size="l">
      {isOutdated && (
        <Alert
          type={isTried ? 'error' : 'warning'}
          header="Your choices have changed since you edited the policy"
          action={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => onChange(keepPolicy(value, place))}>Keep my policy</Button>
              <Button onClick={regenerate}>Regenerate policy</Button>
            </SpaceBetween>
          }
        >
          The edited policy does not have the new choices. Keep it as it is, or replace it with the one for
          the new choices.
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            info={<Info topic="accountStatement" about="the statement for the account" />}
            actions={
              isOpen || isEdited ? (
                <Button onClick={regenerate}>Discard edits</Button>
              ) : (
                <Button onClick={() => setOpen(true)}>Edit</Button>
              )
            }
          >
            Key policy
          </Header>
        }
      >
        {isOpen || isEdited ? (
          <PolicyEditor
            value={text}
            label="Key policy"
            reader={readerAt(place)}
            onChange={written => onChange(withPolicy(value, written, place))}
          />
        ) : (
          <PolicyView text={text} label="key policy" />
        )}
      </Container>
    </SpaceBetween>
  )
}
