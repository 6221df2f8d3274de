/*
 * A fail point is a named place between two steps of a fault handler or of the service where a test may hold
 * a thread or shake the schedule. In the product it is nothing; test/fail_points.c has the other half.
 */
#ifndef TM_FAIL_POINT_H
#define TM_FAIL_POINT_H

#ifdef TM_FAIL_POINTS
void fail_point(const char *name);
#define FAIL_POINT(name) fail_point(name)
#else
#define FAIL_POINT(name) ((void)0)
#endif

#endif
