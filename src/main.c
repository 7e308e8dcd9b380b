/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - hands the command line to its command. */
#include "cli/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
