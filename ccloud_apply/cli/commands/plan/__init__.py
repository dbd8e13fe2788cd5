"""Commands about a plan: validate, plan, show, graph, rehearse."""
