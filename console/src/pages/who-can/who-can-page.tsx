import Autosuggest from '@cloudscape-design/components/autosuggest'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useState } from 'react'
import { explainedActions } from '../../model/why/kms-actions.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { AccessTable } from './access-table.tsx'
import { useAccessList } from './use-access-list.ts'

/** Everybody who may perform an action with a key. The question is in the address. */
export function WhoCanPage({ route: { query } }: { readonly route: Route }) {
  const { action = '', resource = '' } = query
  const question = action === '' || resource === '' ? undefined : { keyId: resource, action }
  const list = useAccessList(question)
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Every principal that may perform an action with a key, by the policies and grants of now. The part of the server that decides calls looks at each."
      >
        Who can?
      </Header>
      <Question
        key={`${action} ${resource}`}
        action={action === '' ? 'kms:Decrypt' : action}
        resource={resource}
        isBusy={list.query.isLoading}
      />
      {list.query.error !== null && (
        <ErrorAlert
          error={list.query.error}
          action="keyward:ListKeyAccess"
          onRetry={() => void list.query.refetch()}
        />
      )}
      {question !== undefined && list.query.data !== undefined && (
        <AccessTable list={list} question={question} />
      )}
    </SpaceBetween>
  )
}

interface QuestionProps {
  readonly action: string
  readonly resource: string
  readonly isBusy: boolean
}

function Question({ action: first, resource: key, isBusy }: QuestionProps) {
  const [action, setAction] = useState(first)
  const [resource, setResource] = useState(key)
  const [isTried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (action.trim() !== '' && resource.trim() !== '')
      navigate(href('whoCan', {}, { action: action.trim(), resource: resource.trim() }))
  }
  return (
    <form onSubmit={submit}>
      <Form
        actions={
          <Button variant="primary" loading={isBusy}>
            List
          </Button>
        }
      >
        <Container>
          <ColumnLayout columns={2}>
            <FormField
              label="Action"
              errorText={isTried && action.trim() === '' ? 'Enter an action.' : undefined}
            >
              <Autosuggest
                value={action}
                options={explainedActions.map(value => ({ value }))}
                enteredTextLabel={value => `Use ${value}`}
                onChange={({ detail }) => setAction(detail.value)}
              />
            </FormField>
            <FormField
              label="Key"
              description="Its ID, ARN or alias"
              errorText={isTried && resource.trim() === '' ? 'Enter a key.' : undefined}
            >
              <Input
                value={resource}
                spellcheck={false}
                onChange={({ detail }) => setResource(detail.value)}
              />
            </FormField>
          </ColumnLayout>
        </Container>
      </Form>
    </form>
  )
}
