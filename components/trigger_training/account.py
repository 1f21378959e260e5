"""The account of the pods that submit workflows. No other pod of a pipeline on Argo has a token."""

NAME = "stockpot-trigger"
# A pod so annotated asks for the account. Pods on KFP have the account of their run, and its token, in any case.
ANNOTATION = "stockpot/account"
# Where every client of Kubernetes looks for the token.
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
