import { rootArn } from '../aws/arn.ts'

/** The policy of a key that is created without one, with the exact text and white space of AWS's GetKeyPolicy. */
export function defaultKeyPolicy(accountId: string, partition: string): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "${rootArn(accountId, partition)}"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}
