import type { CallOptions } from '../wire/call.ts'
import { everyPage } from '../wire/every-page.ts'
import { iam } from '../wire/iam/lists.ts'

/** A managed policy in a list. */
export interface ManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly attachments: number
  readonly changedAt: Date | undefined
}

/** All managed policies: those of the account first, and then AWS's own. */
export async function allPolicies(_input: object, options?: CallOptions): Promise<ManagedPolicy[]> {
  const policies = await everyPage(async Marker => {
    const { Policies = [], Marker: next } = await iam.listPolicies({ Marker, MaxItems: 1000 }, options)
    const items = Policies.map(
      ({ Arn = '', PolicyName = '', Path = '/', AttachmentCount = 0, UpdateDate }): ManagedPolicy => ({
        ...{ arn: Arn, name: PolicyName, path: Path, attachments: AttachmentCount, changedAt: UpdateDate },
      }),
    )
    return { items, next }
  })
  return [false, true].flatMap(isAws => policies.filter(({ arn }) => isOfAws(arn) === isAws))
}

/** Whether AWS owns a policy, so that the account cannot change it. */
export const isOfAws = (arn: string): boolean => /^arn:[\w-]+:iam::aws:/.test(arn)
