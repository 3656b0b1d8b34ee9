import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { decisionSentence, isAllowed, policyPlace, reasonsOf } from '../../model/why/why-answer.ts'
import { Copy } from '../../ui/copy.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import type { ExplainAccessOutput } from '../../wire/keyward-access.ts'
import { Statement } from './statement.tsx'

/** The decision, the statements that made it, and everything that took part. */
export function Answer({ answer }: { readonly answer: ExplainAccessOutput }) {
  return (
    <SpaceBetween size="l">
      <Decision answer={answer} />
      <DecidedBy answer={answer} />
      <Container header={<Header variant="h2">Policies that took part</Header>}>
        <SpaceBetween size="m">
          {answer.Policies.length === 0 && <Box>No policy took part.</Box>}
          {answer.Policies.map(policy => (
            <div key={`${policy.PolicyType} ${policy.Level} ${policy.Policy}`}>
              <Header variant="h3">{policyPlace(policy)}</Header>
              {policy.IgnoredBecause !== undefined && (
                <Box color="text-body-secondary">It does not count: {policy.IgnoredBecause}.</Box>
              )}
              {policy.Statements.map(statement => (
                <Statement key={statement.Statement} statement={statement} isOpen={false} />
              ))}
            </div>
          ))}
          <ExpandableSection headerText="The whole answer as text">
            <PolicyView text={answer.Text} label="answer" />
          </ExpandableSection>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  )
}

function Decision({ answer }: { readonly answer: ExplainAccessOutput }) {
  const { OtherAccount, UnreadEndpoint } = answer
  return (
    <Alert type={isAllowed(answer) ? 'success' : 'error'} header={decisionSentence(answer)}>
      {OtherAccount !== undefined && (
        <Box>
          Values that only account {OtherAccount} knows count as missing, unless the question gives them.
        </Box>
      )}
      {UnreadEndpoint !== undefined && (
        <Box>
          The policy of the VPC endpoint {UnreadEndpoint} was not read: the account has no such endpoint of
          AWS KMS in this Region.
        </Box>
      )}
      <Box>
        This is the decision under the policies of now. The question is recorded in the audit log. The record
        of a denied call has the reason of its own time, as keyward.reason.
      </Box>
    </Alert>
  )
}

function DecidedBy({ answer }: { readonly answer: ExplainAccessOutput }) {
  const { title, statements } = reasonsOf(answer)
  const { GrantId } = answer
  if (statements.length === 0 && GrantId === undefined) return null
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <SpaceBetween size="m">
        {GrantId !== undefined && (
          <Box>
            Grant <span className="id-text">{GrantId}</span> <Copy text={GrantId} label="Copy grant ID" />{' '}
            names the principal and has the action among its operations.
          </Box>
        )}
        {statements.map(({ policy, statement }) => (
          <div key={`${policy.PolicyType} ${policy.Level} ${policy.Policy} ${statement.Statement}`}>
            <Header variant="h3">{policyPlace(policy)}</Header>
            <Statement statement={statement} isOpen />
          </div>
        ))}
      </SpaceBetween>
    </Container>
  )
}
