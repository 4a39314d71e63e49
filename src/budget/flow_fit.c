// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Wanted are the flows x that minimise
 *
 *     sum over the arcs of (x - value)^2 / variance
 *
 * such that for each node, what flows in flows out. He, Mestre, Pupyrev, Wang and Yu, "Profile Inference Revisited"
 * (2022), infer a program's counts from sampled ones in this way, by a flow of minimal cost; here the errors are known
 * by their variances, so squares are the right cost. With a multiplier p for each node ("potential"), the minimum is
 *
 *     x = value + variance * (p(to) - p(from))
 *
 * where p is the solution of a linear system whose matrix is the Laplacian of the network: on the diagonal, the sum of
 * the variances of a node's arcs; elsewhere, less the variance of the arcs between two nodes. It is symmetric, has no
 * negative eigenvalue and is as sparse as the network, so conjugate gradients solve it. The matrix is never made.
 *
 * A part of the network without an arc to the outside has a singular matrix: a constant may be added to its potentials.
 * It does no harm, since the right side sums up to zero there and flows depend on differences only.
 *
 * Flow must not be negative where control cannot go backwards. Arcs whose flow comes out negative are held at zero, and
 * the others are fitted again, a few times. What is negative then is noise, and is cut off.
 */
#include "budget/flow_fit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 6

/* What may lack at a node, as a part of the error of measurement of what flows through it. */
#define PRECISION 1e-5

struct fit {
	const struct flow_arc *arcs;
	size_t n;
	uint32_t n_nodes;
	double *variances;			  /* of the arcs; 0 for those that are held */
	double *diagonal, *lack, *step, *product; /* of the nodes */
};

/* Adds FLOW of an arc to what flows into the nodes. */
static inline void flow(const struct flow_arc *arc, double by, double *into)
{
	if (arc->from != FLOW_FIT_OUTSIDE)
		into[arc->from] -= by;
	if (arc->to != FLOW_FIT_OUTSIDE)
		into[arc->to] += by;
}

/* What the potentials P drive through the arc, for each unit of its variance. */
static inline double drive(const struct flow_arc *arc, const double *p)
{
	return (arc->to == FLOW_FIT_OUTSIDE ? 0 : p[arc->to]) - (arc->from == FLOW_FIT_OUTSIDE ? 0 : p[arc->from]);
}

static double square(const struct fit *fit, const double *residual)
{
	double sum = 0;

	for (uint32_t i = 0; i < fit->n_nodes; i++)
		if (fit->diagonal[i] > 0)
			sum += residual[i] * residual[i] / fit->diagonal[i];
	return sum;
}

/* Sets fit->lack to what flows out of each node too much, less what flows in, with the potentials P. */
static void find_lack(struct fit *fit, const double *p)
{
	memset(fit->lack, 0, fit->n_nodes * sizeof(*fit->lack));
	memset(fit->diagonal, 0, fit->n_nodes * sizeof(*fit->diagonal));
	for (size_t i = 0; i < fit->n; i++) {
		const struct flow_arc *arc = &fit->arcs[i];
		double variance = fit->variances[i];

		if (variance < 0)
			continue;
		flow(arc, -(arc->value + variance * drive(arc, p)), fit->lack);
		if (arc->from == arc->to)
			continue;
		if (arc->from != FLOW_FIT_OUTSIDE)
			fit->diagonal[arc->from] += variance;
		if (arc->to != FLOW_FIT_OUTSIDE)
			fit->diagonal[arc->to] += variance;
	}
}

/* Sets fit->product to the matrix times fit->step. Returns the step times that. */
static double multiply(struct fit *fit)
{
	double sum = 0;

	memset(fit->product, 0, fit->n_nodes * sizeof(*fit->product));
	for (size_t i = 0; i < fit->n; i++) {
		const struct flow_arc *arc = &fit->arcs[i];
		double by;

		if (fit->variances[i] <= 0)
			continue;
		by = drive(arc, fit->step);
		flow(arc, fit->variances[i] * by, fit->product);
		sum += fit->variances[i] * by * by;
	}
	return sum;
}

/* Conjugate gradients, with the diagonal as preconditioner. */
static void solve(struct fit *fit, double *p)
{
	double rho, enough;

	find_lack(fit, p);
	rho = square(fit, fit->lack);
	enough = fit->n_nodes * PRECISION * PRECISION;
	memset(fit->step, 0, fit->n_nodes * sizeof(*fit->step));
	for (uint32_t k = 0; k < 2 * fit->n_nodes + 10 && rho > enough; k++) {
		double along, beta, before = rho;

		for (uint32_t i = 0; !k && i < fit->n_nodes; i++)
			fit->step[i] = fit->diagonal[i] > 0 ? fit->lack[i] / fit->diagonal[i] : 0;
		along = multiply(fit);
		if (!(along > 0))
			return;
		for (uint32_t i = 0; i < fit->n_nodes; i++) {
			p[i] += rho / along * fit->step[i];
			fit->lack[i] -= rho / along * fit->product[i];
		}
		rho = square(fit, fit->lack);
		beta = rho / before;
		for (uint32_t i = 0; i < fit->n_nodes; i++)
			fit->step[i] =
				beta * fit->step[i] + (fit->diagonal[i] > 0 ? fit->lack[i] / fit->diagonal[i] : 0);
	}
}

/* Computes the flows. Returns whether some must be held at zero from now on. */
static bool find_flows(struct fit *fit, const double *p, double *flows)
{
	bool held = false;

	for (size_t i = 0; i < fit->n; i++) {
		const struct flow_arc *arc = &fit->arcs[i];
		bool hold = fit->variances[i] < 0;

		flows[i] = hold ? 0 : arc->value + fit->variances[i] * drive(arc, p);
		if (arc->may_be_reverse || flows[i] >= 0)
			continue;
		/* Less than a hundredth of the error of measurement: not worth another round. */
		if (flows[i] < -0.01 * sqrt(fit->variances[i])) {
			fit->variances[i] = -1;
			held = true;
		}
		flows[i] = 0;
	}
	return held;
}

int flow_fit__solve(const struct flow_arc *arcs, size_t n, uint32_t n_nodes, double *potentials, double *flows)
{
	struct fit fit = {.arcs = arcs, .n = n, .n_nodes = n_nodes};
	double *memory = calloc(n + (size_t)4 * n_nodes + 1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	fit.variances = memory;
	fit.diagonal = memory + n;
	fit.lack = fit.diagonal + n_nodes;
	fit.step = fit.lack + n_nodes;
	fit.product = fit.step + n_nodes;
	for (size_t i = 0; i < n; i++)
		fit.variances[i] = arcs[i].variance;
	for (int round = 0; round < ROUNDS; round++) {
		solve(&fit, potentials);
		if (!find_flows(&fit, potentials, flows))
			break;
	}
	free(memory);
	return 0;
}
