import Autosuggest from '@cloudscape-design/components/autosuggest'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { explainedActions } from '../../model/why/kms-actions.ts'
import { questionFault, type WhyQuestion } from '../../model/why/why-question.ts'
import { Info } from '../../ui/help.tsx'
import { ContextRows } from './context-rows.tsx'

interface QuestionFormProps {
  readonly question: WhyQuestion
  readonly isBusy: boolean
  readonly onChange: (question: WhyQuestion) => void
  readonly onAsk: () => void
}

/** The question: who, what, on which key, with which values in the request. */
export function QuestionForm({ question, isBusy, onChange, onAsk }: QuestionFormProps) {
  const [isTried, setTried] = useState(false)
  const fault = questionFault(question)
  const change = (part: Partial<WhyQuestion>) => onChange({ ...question, ...part })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        setTried(true)
        if (fault === undefined) onAsk()
      }}
    >
      <Form
        errorText={isTried ? fault : undefined}
        actions={
          <Button variant="primary" loading={isBusy}>
            Explain
          </Button>
        }
      >
        <Container
          header={
            <Header variant="h2" info={<Info topic="why" about="the question" />}>
              Question
            </Header>
          }
        >
          <SpaceBetween size="l">
            <FormField
              label="Principal"
              stretch
              description="The whole ARN of a user, a role, a session of a role, or the root user of an account"
            >
              <Input
                value={question.principal}
                spellcheck={false}
                onChange={({ detail }) => change({ principal: detail.value.trim() })}
              />
            </FormField>
            <ActionAndKey question={question} onChange={change} />
            <Values question={question} onChange={change} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  )
}

interface PartProps {
  readonly question: WhyQuestion
  readonly onChange: (part: Partial<WhyQuestion>) => void
}

function ActionAndKey({ question, onChange }: PartProps) {
  return (
    <ColumnLayout columns={2}>
      <FormField label="Action" description="An action of AWS KMS">
        <Autosuggest
          value={question.action}
          options={explainedActions.map(value => ({ value }))}
          enteredTextLabel={value => `Use ${value}`}
          empty="No such action"
          onChange={({ detail }) => onChange({ action: detail.value.trim() })}
        />
      </FormField>
      <FormField label="Key" description="A key ID, key ARN or alias; empty for an action about no key">
        <Input
          value={question.resource}
          spellcheck={false}
          onChange={({ detail }) => onChange({ resource: detail.value.trim() })}
        />
      </FormField>
    </ColumnLayout>
  )
}

function Values({ question, onChange }: PartProps) {
  const { encryptionContext, context } = question
  const [hasContext] = useState(encryptionContext.length + context.length > 0)
  return (
    <ExpandableSection
      headerText="Values of the request"
      headerDescription="The server knows those of the principal and the key. Conditions can ask for more."
      defaultExpanded={hasContext}
    >
      <SpaceBetween size="l">
        <ContextRows
          thing="encryption context pair"
          placeholder="Order"
          rows={encryptionContext}
          onChange={rows => onChange({ encryptionContext: rows })}
        />
        <ContextRows
          thing="condition key"
          placeholder="aws:SourceIp"
          rows={context}
          onChange={rows => onChange({ context: rows })}
        />
      </SpaceBetween>
    </ExpandableSection>
  )
}
