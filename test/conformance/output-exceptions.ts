// The output members that AWS's SDK can read and this server does not send, and why. The names are those of
// answers.test.ts: by operation, except for structures that several operations return.

const customKeyStores = 'there are no custom key stores of the type AWS_CLOUDHSM'

/** Members that our outputs do not declare. */
export const absentOutputs: Readonly<Record<string, string>> = {
  'KeyMetadata/CloudHsmClusterId': customKeyStores,
  'DescribeCustomKeyStores CustomKeyStores/[]/CloudHsmClusterId': customKeyStores,
  'DescribeCustomKeyStores CustomKeyStores/[]/TrustAnchorCertificate': customKeyStores,
}

/** Members that our outputs declare and never have. */
export const unansweredOutputs: Readonly<Record<string, string>> = {
  'GetKeyRotationStatus OnDemandRotationStartDate': 'a rotation on demand is done before its answer',
  'ListKeyPolicies NextMarker': 'a key has one policy',
}

/** AWS's model does not mark these as sensitive. They do not appear in messages and logs, since a reader could use them. */
export const hiddenPlaces: readonly string[] = ['GrantTokens', 'GrantToken']
