import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMemo, useState } from 'react'
import { callOf, type Draft, type DraftFacts, emptyDraft } from '../../model/use/draft.ts'
import { outcomes, type UseForm } from '../../model/use/fields.ts'
import { Snippet } from '../../ui/snippet.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { OneField } from './one-field.tsx'
import { Result } from './result.tsx'
import { useOperation } from './use-operation.ts'

interface OperationFormProps {
  readonly form: UseForm
  readonly facts: DraftFacts
  /** The reason why the key cannot be used; undefined if it can. */
  readonly unusableBecause: string | undefined
}

/** The form of an operation, its answer, and the same call for a program. */
export function OperationForm({ form, facts, unusableBecause }: OperationFormProps) {
  const [draft, setDraft] = useState<Draft>(emptyDraft)
  const call = useMemo(() => callOf(form, draft, facts), [form, draft, facts])
  const act = useOperation()
  const blockedBecause = unusableBecause ?? call.blockedBecause
  const change = (next: (draft: Draft) => Draft) => {
    setDraft(next)
    // An answer beside an input that it does not belong to would be wrong.
    if (!act.isIdle) act.reset()
  }
  return (
    <SpaceBetween size="l">
      <form
        onSubmit={event => {
          event.preventDefault()
          if (blockedBecause === undefined && !act.isPending) act.mutate(call)
        }}
      >
        <Form
          actions={
            <Button
              variant="primary"
              loading={act.isPending}
              disabled={blockedBecause !== undefined}
              {...(blockedBecause !== undefined && { disabledReason: blockedBecause })}
            >
              {form.action}
            </Button>
          }
        >
          <Container header={<Header variant="h2">{form.title}</Header>}>
            <SpaceBetween size="l">
              {form.fields.map(field => (
                <OneField
                  key={field.member}
                  field={field}
                  draft={draft}
                  call={call}
                  facts={facts}
                  onChange={change}
                />
              ))}
            </SpaceBetween>
          </Container>
        </Form>
      </form>
      {act.error !== null && <ErrorAlert error={act.error} action={`kms:${call.operation}`} />}
      {act.data !== undefined && (
        <Container header={<Header variant="h2">Result</Header>}>
          <Result shown={outcomes[call.operation] ?? []} answer={act.data} />
        </Container>
      )}
      <Container header={<Header variant="h2">This call in a program</Header>}>
        <Snippet call={call} />
      </Container>
    </SpaceBetween>
  )
}
