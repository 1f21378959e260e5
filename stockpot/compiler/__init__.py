"""From a pipeline's definition to what an engine runs: KFP's plan is read once, then written for each engine."""
