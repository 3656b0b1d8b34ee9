import { account, keyId } from './golden-world.ts'

// The texts of errors as AWS sends them, with the source of each. Keys and accounts are those of the published records.

const keyArn = `arn:aws:kms:us-west-2:${account}:key/${keyId}`

/** The text of an error that nobody has published. The record then has the text of the answer, whatever that is. */
export const unpublished = Symbol('unpublished')

/** The text of an error; undefined where AWS sends none. */
export type FailureText = string | undefined | typeof unpublished

// Recorded from AWS by LocalStack (localstack/localstack, tests/aws/services/kms/test_kms.snapshot.json).
export const isDisabled = `${keyArn} is disabled.`
export const keyNotFound = `Key '${keyArn}' does not exist`
export const originIsAwsKms = `${keyArn} origin is AWS_KMS which is not valid for this operation.`
export const wouldHaveSucceeded = 'The request would have succeeded, but the DryRun option is set.'
export const tooSmall =
  "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"
/** Recorded for other operations. */
export const usageNotValidFor = (operation: string) =>
  `${keyArn} key usage is SIGN_VERIFY which is not valid for ${operation}.`

/** Issue 17889 of hashicorp/terraform-provider-aws. */
export const isPendingDeletion = `${keyArn} is pending deletion.`
/** Issue 1741 of crossplane-contrib/provider-aws. */
export const aliasExists = (name: string) =>
  `An alias with the name arn:aws:kms:us-west-2:${account}:${name} already exists`
/** The page about the error `InvalidKeyId` of chamber (segmentio/chamber), and others. */
export const aliasNotFound = (name: string) => `Alias arn:aws:kms:us-west-2:${account}:${name} is not found.`
/** Issue 62 of cookiecutter-openedx/cookiecutter-openedx-devops. */
export const invalidPrincipals = 'Policy contains a statement with one or more invalid principals.'
