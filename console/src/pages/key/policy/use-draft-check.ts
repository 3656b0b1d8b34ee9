import { accountArn, partitionOf } from '../../../model/policy/console-policy.ts'
import { findingsOf, type PolicyReader } from '../../../model/policy/policy-findings.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { currentSession } from '../../../session/session.ts'
import { useSettled } from '../../../ui/use-settled.ts'
import { keywardAccess } from '../../../wire/keyward-access.ts'
import { useCall } from '../../../wire/use-call.ts'

/** The time without typing after which the server checks a text. Each check is an audit record. */
const quietMillis = 1500

/** The account and the caller, as the checks of a policy need them. */
export function currentReader(): PolicyReader {
  const { accountId = '', arn: callerArn = '' } = currentSession() ?? {}
  return { accountId, callerArn, partition: partitionOf(currentRegion()) }
}

/**
 * Asks the server whether the caller and the root user of the account could still change a key's policy if it were `text`. It asks
 * for changed texts that have no fault, once nobody has typed for a while.
 */
export function useDraftCheck(keyId: string, text: string, isChanged: boolean) {
  const reader = currentReader()
  const settled = useSettled(text, quietMillis)
  const isReady =
    isChanged && settled === text && findingsOf(text, reader).every(({ severity }) => severity !== 'error')
  const question = { Action: 'kms:PutKeyPolicy', KeyId: keyId, KeyPolicyDraft: settled }
  const useAnswer = (Principal: string) =>
    useCall('ExplainAccess', keywardAccess.explainAccess, { ...question, Principal }, { isEnabled: isReady })
  const caller = useAnswer(reader.callerArn)
  const root = useAnswer(accountArn(reader.partition, reader.accountId))
  return { isReady, caller, root }
}
